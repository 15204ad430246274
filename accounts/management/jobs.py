from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser

from accounts.actions import run_job
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command, day


class JobCommand(Command):
    """A scheduled job by hand, for any day; `job` names it and `done` says what its rows became."""

    job: str
    done: str

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day; default: today")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or clock.today()
        rows = run_job(self.job, lambda at: self.work(on=on, at=at))
        self.stdout.write(f"{self.job} is running already" if rows is None else f"{rows} {self.done}")

    def work(self, *, on: date, at: datetime) -> int:
        """Does the job for the Board's day `on`; returns how many rows it wrote."""
        raise TypeError(f"{type(self).__module__} has no work")
