from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0023_claims_are_answered_checked"),
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
                    ("link_ended", "Record linked to another login"),
                ],
                max_length=16,
            ),
        ),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["invitation", "address_changed", "account_closed", "claim_answered", "link_ended"])
                ),
                name="letter_kind_is_known",
            ),
        ),
    ]
