from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0026_plain_english"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("failed_at__isnull", False), ("withdrawn_at", None)),
                fields=["-id"],
                name="letter_failed",
            ),
        ),
    ]
