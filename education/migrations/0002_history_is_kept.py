from django.db import migrations

from cmp_portal.lib.history import keep_history


class Migration(migrations.Migration):
    dependencies = [("education", "0001_initial")]

    operations = keep_history("education_creditevent", "education_evidenceevent", "education_allocationevent")
