from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0021_alerts_keep_their_language"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_kind_is_known",
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "Invitation"),
                    ("address_changed", "Address on file changed"),
                    ("account_closed", "Account closed"),
                    ("claim_answered", "Claim answered"),
                ],
                max_length=16,
            ),
        ),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invitation", "address_changed", "account_closed", "claim_answered"])),
                name="letter_kind_is_known",
            ),
        ),
    ]
