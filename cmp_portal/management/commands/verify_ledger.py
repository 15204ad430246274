import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import CompletedWithProblems, JobRefused, report, run_job
from accounts.management.jobs import RUNNING, done_by_us
from cmp_portal import ledger
from cmp_portal.ledger import Reading, without_differences
from cmp_portal.lib import clock
from cmp_portal.lib.commands import NO_ROOM, day, whole
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.consistency import BATCH, Check, Findings, Scope, snapshot
from cmp_portal.lib.feeds.progress import Progress
from education.actions import reconcile_status

EXIT_DIFFERENCES, EXIT_REFUSED = 1, 2
LARGEST_BATCH = 1_000_000
Lines = Callable[[Findings], Iterator[str]]


class Unwritten(JobRefused):
    """What is found can't be printed, as when `head` has read enough: that says nothing about the ledger."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Command(BaseCommand):
    help = (
        "Recompute everything and report each difference: sums, owners, moves, receipts, status rows, and what was\n"
        "signed, hash by hash. Writes nothing; everything is read as of one moment.\n\n"
        "Prints one line per difference, at most 100 of a kind. A note is correct, but worth a look. A check of\n"
        "everything as of today is recorded as the nightly run. Status rows are as of today: how they would differ on\n"
        "another day is a note. A row has its gaps added up, those of the total, of areas and of rules, although one\n"
        "point may close several of them."
    )
    exit_codes = RUNNING | {0: "no differences", EXIT_DIFFERENCES: "differences"}
    example = "manage.py verify_ledger --app education --app declarations --files"

    def add_arguments(self, parser: CommandParser) -> None:
        apps = list(ledger.APPS)
        parser.add_argument(
            "--app", action="append", default=[], choices=apps, help="limit to this one; may be repeated"
        )
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day to check as of; default: today")
        parser.add_argument("--batch", type=whole, default=BATCH, metavar="N", help=f"rows at a time; default: {BATCH}")
        parser.add_argument("--files", action="store_true", help="also check each document's file: its size and digest")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object per line, with the counts on the last one"
        )
        parser.add_argument("--mend-status", action="store_true", help="correct status rows first, as every night does")

    def handle(self, *, app: list[str], on: date | None, batch: int, files: bool, **options: Any) -> None:
        if not 0 < batch <= LARGEST_BATCH:
            raise CommandError(f"--batch must be a number from 1 to {LARGEST_BATCH}", returncode=EXIT_REFUSED)
        if options["mend_status"]:
            self._mend()
        today = clock.today()
        scope = Scope(on=on or today, today=today, batch=batch, files=files)
        lines = json_lines if options["json"] else text_lines
        try:
            self._look(ledger.checks(app), scope, lines, is_whole=not (app or on))
        except CompletedWithProblems:
            raise CommandError("there are differences", returncode=EXIT_DIFFERENCES) from None

    def _look(self, checks: Sequence[Check], scope: Scope, lines: Lines, *, is_whole: bool) -> None:
        """A check of everything as of today is recorded as a run of the nightly job."""
        if not is_whole:
            self._read(checks, scope, lines)
            return
        try:
            done_by_us("verify_ledger", run_job("verify_ledger", lambda at: self._recorded(checks, scope, lines)))
        except Unwritten as unwritten:
            raise unwritten.problem from None

    def _recorded(self, checks: Sequence[Check], scope: Scope, lines: Lines) -> int:
        try:
            return self._read(checks, scope, lines)
        except OSError as problem:
            if problem.errno in NO_ROOM or isinstance(problem, BrokenPipeError):
                raise Unwritten(problem) from None
            raise

    def _read(self, checks: Sequence[Check], scope: Scope, lines: Lines) -> int:
        progress = Progress(len(checks), sys.stderr, "rows compared")

        def show(done: int, rows: int) -> None:
            progress.show(done, rows)
            report(rows)

        reading = Reading(show)
        with snapshot():
            for findings in reading.through(checks, replace(scope, tick=reading.tick)):
                progress.clear()
                self.stdout.writelines(f"{line}\n" for line in lines(findings))
        progress.clear()
        self.stdout.write(json.dumps(reading.counts) if lines is json_lines else text_of(reading.counts))
        return without_differences(reading)

    def _mend(self) -> None:
        mended = run_job("reconcile_status", lambda at: reconcile_status(at=at))
        self.stderr.write(
            "status rows are already being corrected" if mended is None else f"{mended:,} status rows corrected"
        )


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
