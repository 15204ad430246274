from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0024_links_end"),
    ]

    operations = [
        ValidateConstraint(model_name="letter", name="letter_kind_is_known"),
    ]
