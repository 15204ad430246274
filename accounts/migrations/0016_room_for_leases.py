from django.db import migrations


class Migration(migrations.Migration):
    """Every alert is written again when it is claimed: where its page has room, no index is."""

    dependencies = [
        ("accounts", "0015_staff_identities"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE accounts_alert SET (fillfactor = 65)",
            "ALTER TABLE accounts_alert RESET (fillfactor)",
        ),
    ]
