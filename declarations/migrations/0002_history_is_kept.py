from django.db import migrations

from cmp_portal.lib.history import keep_history


class Migration(migrations.Migration):
    dependencies = [("declarations", "0001_initial")]

    operations = keep_history("declarations_declarationevent", "declarations_step", "declarations_declaredcredit")
