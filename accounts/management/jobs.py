import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.actions import run_job
from accounts.actions.jobs import Work
from cmp_portal.lib import clock
from cmp_portal.lib.commands import EXIT_RUNNING, Command, day
from cmp_portal.lib.feeds.progress import Progress

EXIT_REFUSED = 2
RUNNING = {EXIT_RUNNING: "the job is already running"}


def done_by_us(job: str, rows: int | None) -> int:
    """The rows of a run; raises CommandError if another run of the job is in progress."""
    if rows is None:
        raise CommandError(f"{job} is already running", returncode=EXIT_RUNNING)
    return rows


def run_by_hand(job: str, work: Work, *, unit: str) -> int:
    """Run a job, and show on standard error how many rows it has reported so far, such as “12,000 emailed”."""
    progress = Progress(0, sys.stderr, unit)

    def cleared(at: datetime) -> int:
        progress.show(0, 0)
        try:
            return work(at)
        finally:
            progress.clear()

    return done_by_us(job, run_job(job, cleared, show=lambda rows: progress.show(rows, rows)))


class JobCommand(Command):
    """Runs a scheduled job by hand; `job` is its name, and `done` the word for what was done to the rows."""

    exit_codes = RUNNING
    job: str
    done: str
    work: Callable[..., int]  # called with `at` and the chosen options; returns the number of rows

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self.chosen(options)
        rows = run_by_hand(self.job, lambda at: self.work(at=at, **chosen), unit=self.done)
        self.stdout.write(f"{rows} {self.done}")

    def chosen(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options to pass to `work`."""
        return {}


class DayCommand(JobCommand):
    """A job that depends on the date: for today or an earlier day."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day, today (the default) or earlier")
        parser.add_argument(
            "--dry-run", action="store_true", help=f"show how many would be {self.done} without writing anything"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self.stdout.write(f"{self.would(**self.chosen(options))} would be {self.done}")
        else:
            super().handle(*args, **options)

    def would(self, *, on: date) -> int:
        """How many rows a run would be about: it is done, and rolled back."""
        with transaction.atomic():
            rows = self.work(at=clock.now(), on=on)
            transaction.set_rollback(True)
        return rows

    def chosen(self, options: Mapping[str, Any]) -> dict[str, Any]:
        today = clock.today()
        on = options["on"] or today
        if on > today:  # it would announce, or renew, what is not true yet, irreversibly
            raise CommandError(f"{on} is in the future; today is {today}", returncode=EXIT_REFUSED)
        return {"on": on}
