from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_browser_language"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_kind_is_known",
        ),
        migrations.AddField(
            model_name="letter",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "Invitation"),
                    ("address_changed", "Address on file changed"),
                    ("account_closed", "Account closed"),
                ],
                max_length=16,
            ),
        ),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invitation", "address_changed", "account_closed"])),
                name="letter_kind_is_known",
            ),
        ),
    ]
