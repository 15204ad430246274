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
        "Issue the proofs of renewals that have none: of before there were proofs, or taken in from elsewhere.\n"
        "Each holder then finds letter, certificate and badge under Letter and certificate. Nobody is written to. It\n"
        "may be run again at any time, also when a run was ended half-way: whoever has a proof keeps it."
    )
    exit_codes = RUNNING | {
        EXIT_LEFT_OUT: "of some renewals the day, or the cycle that they opened, is not on record: they are named, "
        "all others are done"
    }
    example = "manage.py issue_proofs --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say how many would be issued; write nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{queries.provable().count():,} would be issued")
        else:
            rows = run_job("issue_proofs", lambda at: self._issue())
            self.stdout.write(f"{done_by_us('issue_proofs', rows):,} issued")
        left_out = list(queries.unprovable().values_list("number", flat=True))
        for number in left_out:
            self.stderr.write(f"{number}: when it was renewed, or the cycle it opened, is not on record")
        if left_out:
            raise CommandError("some renewals can't be proven", returncode=EXIT_LEFT_OUT)

    def _issue(self) -> int:
        progress, issued = Progress(queries.provable().count(), sys.stderr, "issued"), 0
        batch, last = actions.issue_proofs()
        while batch:
            issued += batch
            progress.show(issued, issued)
            batch, last = actions.issue_proofs(after=last)
        progress.clear()
        return issued
