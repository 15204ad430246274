from datetime import date
from typing import Any

from django.core.management.base import CommandError

from accounts.actions import CompletedWithProblems
from accounts.management.jobs import RUNNING, DayCommand
from declarations import actions, queries

EXIT_LEFT_OUT = 1


class Command(DayCommand):
    help = "Renew the cycle of every approved declaration whose month of expiration has begun."
    exit_codes = RUNNING | {EXIT_LEFT_OUT: "some could not be renewed; they are named, and all others are done"}
    example = "manage.py roll_cycles --on 2026-11-30"
    job = "roll_cycles"
    done = "renewed"
    work = staticmethod(actions.roll)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except CompletedWithProblems as problem:
            raise CommandError(f"{problem.rows} {self.done}; {problem}", returncode=EXIT_LEFT_OUT) from None

    def would(self, *, on: date) -> int:
        """Counted only: a run that is rolled back would lock all cycles until then."""
        return queries.renewable(on=on).count()
