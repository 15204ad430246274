from datetime import date, datetime

from accounts.management.jobs import JobCommand
from declarations import actions


class Command(JobCommand):
    help = (
        "Ask the payment service about payments and refunds that nobody told us of.\n"
        "What a killed process or a lost message left open is settled; a second run changes nothing.\n\n"
        "Example: manage.py reconcile_payments"
    )
    job = "reconcile_payments"
    done = "settled"

    def work(self, *, on: date, at: datetime) -> int:
        return actions.reconcile_payments(at=at)
