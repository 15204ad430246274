from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import CompletedWithProblems
from accounts.management.jobs import EXIT_REFUSED, RUNNING, JobCommand
from cmp_portal.lib import clock
from cmp_portal.lib.commands import moment
from declarations import actions
from declarations.actions.payments import REMEMBERED

EXIT_LEFT_OUT = 1


class Command(JobCommand):
    help = (
        "Ask the payment service about payments and refunds that it has not reported.\n"
        "Settles whatever a killed process or lost message left open, and records refunds made at the service within\n"
        f"the last {REMEMBERED.days} days. A second run changes nothing."
    )
    exit_codes = RUNNING | {EXIT_LEFT_OUT: "some could not be settled; they are named, and all others are done"}
    example = "manage.py reconcile_payments --since 2026-01-01T00:00:00Z"
    job = "reconcile_payments"
    done = "settled"
    work = staticmethod(actions.reconcile_payments)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=moment, metavar="MOMENT", help="also record refunds made since then")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except CompletedWithProblems as problem:
            raise CommandError(str(problem), returncode=EXIT_LEFT_OUT) from None

    def chosen(self, options: Mapping[str, Any]) -> dict[str, Any]:
        since, now = options["since"], clock.now()
        if since and since > now:
            raise CommandError(f"--since is in the future; it is {now:%Y-%m-%dT%H:%M:%SZ}", returncode=EXIT_REFUSED)
        return {"since": since}
