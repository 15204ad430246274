from django.db import migrations, models

import accounts.models.alerts


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_farewells_checked"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="language",
            field=models.CharField(
                blank=True, db_default="", default=accounts.models.alerts.language_now, max_length=8
            ),
        ),
    ]
