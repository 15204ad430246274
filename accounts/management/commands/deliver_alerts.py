from typing import Any

from accounts.tasks import deliver_alerts
from cmp_portal.lib.commands import Command as BaseCommand


class Command(BaseCommand):
    help = "Mail all alerts that were not mailed yet.\n\nExample: manage.py deliver_alerts"

    def handle(self, *args: Any, **options: Any) -> None:
        rows = deliver_alerts()
        self.stdout.write("deliver_alerts is running already" if rows is None else f"{rows} mailed")
