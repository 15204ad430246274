from django.db import migrations

from cmp_portal.lib.history import keep_history


class Migration(migrations.Migration):
    dependencies = [("credentials", "0001_initial")]

    operations = keep_history(
        "credentials_requirementsetevent",
        "credentials_areaevent",
        "credentials_ruleevent",
        "credentials_credentialevent",
        "credentials_cycleevent",
    )
