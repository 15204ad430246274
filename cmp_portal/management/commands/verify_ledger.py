import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import run_job
from cmp_portal import ledger
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import day
from cmp_portal.lib.differences import BATCH, Check, Findings, Scope, snapshot
from cmp_portal.lib.feeds.progress import Progress
from education.actions import reconcile_status

EXIT_DIFFERENCES, EXIT_REFUSED = 1, 2


@dataclass
class Reading:
    """How far it is, and what was found so far."""

    progress: Progress
    counts: dict[str, int] = field(default_factory=lambda: {"checks": 0, "differences": 0, "notes": 0})
    rows: int = 0

    def tick(self, rows: int) -> None:
        self.rows += rows
        self.progress.show(self.counts["checks"], self.rows)

    def through(self, checks: Sequence[Check], scope: Scope) -> Iterator[Findings]:
        """All that the checks find, counted."""
        for check in checks:
            self.tick(0)
            for findings in check.look(scope):
                self.counts["notes" if findings.is_note else "differences"] += findings.total
                self.progress.clear()
                yield findings
            self.counts["checks"] += 1
        self.progress.clear()


class Command(BaseCommand):
    help = (
        "Recompute everything and name each difference: sums, owners, moves, receipts, status rows, and what was\n"
        "signed, hash by hash. Nothing is written; all that is read is of one moment.\n\n"
        "A line for each difference, at most 100 of a kind. A note is right, and yet worth a look.\n"
        "Exit code 0: no difference; 1: differences; 2: a call that makes no sense.\n\n"
        "Example: manage.py verify_ledger --app education --app declarations --files"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        apps = list(ledger.APPS)
        parser.add_argument("--app", action="append", default=[], choices=apps, help="only this one; may be repeated")
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day it is seen from; default: today")
        parser.add_argument("--batch", type=int, default=BATCH, metavar="N", help=f"rows at a time; default: {BATCH}")
        parser.add_argument("--files", action="store_true", help="read the file of each document: its size and digest")
        parser.add_argument(
            "--json", action="store_true", help="a JSON object on each line; the counts on the last one"
        )
        parser.add_argument("--mend-status", action="store_true", help="mend status rows before, as every night does")

    def handle(self, *, app: list[str], on: date | None, batch: int, files: bool, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch is a number from 1", returncode=EXIT_REFUSED)
        if options["mend_status"]:
            self._mend()
        reading = Reading(Progress(len(checks := ledger.checks(app)), sys.stderr, "rows compared"))
        scope = Scope(on=on or clock.today(), batch=batch, files=files, tick=reading.tick)
        lines = json_lines if options["json"] else text_lines
        with snapshot():
            for findings in reading.through(checks, scope):
                self.stdout.writelines(f"{line}\n" for line in lines(findings))
        self.stdout.write(json.dumps(reading.counts) if options["json"] else text_of(reading.counts))
        if reading.counts["differences"]:
            raise CommandError("there are differences", returncode=EXIT_DIFFERENCES)

    def _mend(self) -> None:
        mended = run_job("reconcile_status", lambda at: reconcile_status(at=at))
        self.stderr.write("status rows are being mended" if mended is None else f"{mended:,} status rows mended")


def text_lines(findings: Findings) -> Iterator[str]:
    sign = "note: " if findings.is_note else ""
    yield from (f"{sign}{one}" for one in findings.first)
    if more := findings.total - len(findings.first):
        yield f"{sign}{findings.app}: {findings.what}: and {more:,} more"


def json_lines(findings: Findings) -> Iterator[str]:
    yield from (json.dumps(asdict(one)) for one in findings.first)
    if more := findings.total - len(findings.first):
        yield json.dumps({"app": findings.app, "what": findings.what, "more": more, "is_note": findings.is_note})


def text_of(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {number:,}" for name, number in counts.items())
