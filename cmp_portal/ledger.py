"""Consistency checks of all data, app by app, after those of the database's own guards."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pgtrigger
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import ProgrammingError, transaction

import accounts.queries
import audits.queries
import credentials.queries
import declarations.queries
import education.queries
from accounts.actions import CompletedWithProblems, report
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.consistency import Check, Difference, Findings, Scope, each_in_sql, gathered, in_sql, snapshot
from cmp_portal.lib.outages import is_away

log = structlog.stdlib.get_logger(__name__)

GUARDS = {
    "disabled triggers": """
        SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'
    """,
    "constraints that were never validated": """
        SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE NOT convalidated
    """,
}
MISSING = """
    SELECT wanted, 'is not installed' FROM unnest(%(names)s::text[]) wanted
     WHERE NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = wanted)
"""
APPS = {
    "accounts": accounts.queries.consistency_checks,
    "credentials": credentials.queries.consistency_checks,
    "education": education.queries.consistency_checks,
    "declarations": declarations.queries.consistency_checks,
    "audits": audits.queries.consistency_checks,
}


def guards() -> Iterator[Check]:
    """Checks that the database's triggers and constraints are in force, which keep rows consistent from now on."""
    yield from each_in_sql("database", GUARDS)
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    yield in_sql("database", "missing triggers", MISSING, names=names)


def checks(apps: Collection[str] = ()) -> list[Check]:
    """The checks of these apps; if none is named, those of all apps and of the database itself."""
    own = [] if apps else list(guards())
    return [*own, *(check for app, of_app in APPS.items() if not apps or app in apps for check in of_app())]


@dataclass
class Reading:
    """Progress and counts of a verification; `show` is called with the checks and rows done so far."""

    show: Callable[[int, int], None]
    counts: dict[str, int] = field(default_factory=lambda: {"checks": 0, "differences": 0, "notes": 0})
    rows: int = 0

    def tick(self, rows: int) -> None:
        self.rows += rows
        self.show(self.counts["checks"], self.rows)

    def through(self, checks: Sequence[Check], scope: Scope) -> Iterator[Findings]:
        """Run the checks, counting and yielding their findings."""
        for check in checks:
            self.tick(0)
            for findings in _looked(check, scope):
                self.counts["notes" if findings.is_note else "differences"] += findings.total
                yield findings
            self.counts["checks"] += 1


def _looked(check: Check, scope: Scope) -> Iterable[Findings]:
    """What the check finds; one that fails is itself a difference, and keeps no other from being run."""
    try:
        with transaction.atomic():
            return list(check.look(scope))
    except Exception as error:
        # These are not about the data: no time, no database, or none of this version.
        if isinstance(error, (SoftTimeLimitExceeded, ProgrammingError)) or is_away(error):
            raise
        log.exception("check failed", app=check.app, what=check.what)
        failed = Difference(check.app, check.what, "all", f"could not be checked ({type(error).__name__})")
        return gathered([failed])


def verify(*, at: datetime) -> int:
    """The nightly verification of everything: 0. Raises CompletedWithProblems, with their number, for differences."""
    reading = Reading(lambda checks, rows: report(rows))
    with snapshot():
        for findings in reading.through(checks(), Scope(on=board_day(at), tick=reading.tick)):
            log.warning("ledger", app=findings.app, what=findings.what, rows=findings.total, is_note=findings.is_note)
    return without_differences(reading)


def without_differences(reading: Reading) -> int:
    """Raise CompletedWithProblems if there were differences, so that the job's run is recorded as failed."""
    if found := reading.counts["differences"]:
        raise CompletedWithProblems(f"differences: {found:,}; manage.py verify_ledger lists them", rows=found)
    return 0
