from django.db import migrations

from cmp_portal.lib.history import keep_history


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = keep_history("accounts_holderevent", "accounts_userevent")
