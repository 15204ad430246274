from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from accounts.actions import CompletedWithProblems
from accounts.management.jobs import RUNNING, run_by_hand
from audits import actions
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import day
from cmp_portal.lib.storage import StorageAway

EXIT_LEFT, EXIT_REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "Delete documents whose retention period is over, both files and rows; the history keeps a record of them.\n\n"
        "A document can be deleted EVIDENCE_RETENTION_YEARS after the end of the last cycle its credit counts toward.\n"
        "Anything that an open cycle, an unfinished declaration, an open audit or an appeal may need is kept. Safe to\n"
        "run again at any time, even after an interrupted run."
    )
    exit_codes = RUNNING | {
        EXIT_LEFT: "some documents can't be deleted; they are named, and all others are gone. Or the document store is "
        "unavailable; the next run resumes"
    }
    example = "manage.py purge_evidence --on 2026-11-30 --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, required=True, metavar="DATE", help="the Board's day, today or earlier")
        parser.add_argument(
            "--dry-run", action="store_true", help="list what would be deleted without deleting anything"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = {"on": options["on"], "today": clock.today()}
        try:
            if options["dry_run"]:
                self._name(**chosen)
            else:
                rows = run_by_hand(
                    "purge_evidence", lambda at: actions.purge_evidence(**chosen), unit="documents deleted"
                )
                self.stdout.write(f"documents deleted: {rows:,}")
        except actions.PurgeRefused as refusal:
            raise CommandError(str(refusal), returncode=EXIT_REFUSED) from None
        except CompletedWithProblems as problem:
            deleted = f"documents deleted: {problem.rows:,}"
            raise CommandError(f"{deleted}; {problem}", returncode=EXIT_LEFT) from None
        except StorageAway:
            raise CommandError("the document store is unavailable; run it again later", returncode=EXIT_LEFT) from None

    def _name(self, **chosen: Any) -> None:
        """List documents by ID and credit, as file names may identify the holder."""
        count = size = 0
        for document in actions.purgeable(**chosen):
            whose = f"credit {document.credit_id}" if document.credit_id else "an appeal"
            self.stdout.write(f"document {document.pk} of {whose}, {document.size:,} bytes")
            count, size = count + 1, size + document.size
        self.stdout.write(f"documents that would be deleted: {count:,} ({filesizeformat(size)})".replace("\xa0", " "))
