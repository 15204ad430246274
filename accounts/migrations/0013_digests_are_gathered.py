from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_holds_are_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="digest",
            name="gathered_at",
            field=models.DateTimeField(db_default=Now()),
        ),
    ]
