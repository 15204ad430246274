from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0028_requirements_are_raised"),
    ]

    operations = [
        ValidateConstraint(model_name="alert", name="alert_kind_is_known"),
        ValidateConstraint(model_name="preference", name="preference_kind_is_known"),
    ]
