from typing import Any

from accounts.management.jobs import RUNNING, done_by_us
from accounts.tasks import deliver_alerts
from cmp_portal.lib.commands import Command as BaseCommand


class Command(BaseCommand):
    help = "Email all alerts, digests and letters that are due."
    exit_codes = RUNNING
    example = "manage.py deliver_alerts"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{done_by_us('deliver_alerts', deliver_alerts())} emailed")
