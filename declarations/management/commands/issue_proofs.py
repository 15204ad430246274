import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import run_job
from accounts.management.jobs import RUNNING, done_by_us
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.feeds.progress import Progress
from declarations import actions, queries

EXIT_LEFT_OUT = 1


class Command(BaseCommand):
    help = (
        "Issue proofs for renewals that have none: those from before proofs existed, or imported from elsewhere.\n"
        "Holders then find the letter, certificate and badge under “Letter and certificate”. No one is notified. Safe\n"
        "to run again at any time, even after an interrupted run: existing proofs are kept."
    )
    exit_codes = RUNNING | {
        EXIT_LEFT_OUT: "some renewals have no date, or no cycle that they opened, on record; they are listed, and all "
        "others are done"
    }
    example = "manage.py issue_proofs --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="show how many would be issued without writing anything"
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{queries.provable().count():,} would be issued")
        else:
            rows = run_job("issue_proofs", lambda at: self._issue())
            self.stdout.write(f"{done_by_us('issue_proofs', rows):,} issued")
        left_out = list(queries.unprovable().values_list("number", flat=True))
        for number in left_out:
            self.stderr.write(f"{number}: its renewal date, or the cycle it opened, is not on record")
        if left_out:
            raise CommandError("no proof can be issued for some renewals", returncode=EXIT_LEFT_OUT)

    def _issue(self) -> int:
        progress, issued = Progress(queries.provable().count(), sys.stderr, "issued"), 0
        batch, last = actions.issue_proofs()
        while batch:
            issued += batch
            progress.show(issued, issued)
            batch, last = actions.issue_proofs(after=last)
        progress.clear()
        return issued
