from django.db import migrations

from cmp_portal.lib.history import keep_history


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_initial")]

    operations = keep_history("audits_auditevent", "audits_findingevent")
