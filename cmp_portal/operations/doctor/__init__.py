"""Diagnoses this installation: what is wrong, in plain words, and what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db import Error, connection

from cmp_portal.operations.doctor import data, database, local, services, work
from cmp_portal.operations.doctor.findings import Finding, Level, ok, problem, warning

__all__ = ["Finding", "Level", "examine"]

Check = Callable[[datetime], Iterable[Finding]]
WITHOUT_DATABASE: tuple[Check, ...] = (*local.CHECKS, *services.CHECKS)
IN_DATABASE: tuple[Check, ...] = (*database.CHECKS, *data.CHECKS, *work.CHECKS)
PATIENCE = 5  # seconds


def examine(*, at: datetime) -> Iterator[Finding]:
    """Run all checks, yielding findings as they are made; without a database, only those that don't need one."""
    for check in WITHOUT_DATABASE:
        yield from _checked(check, at)
    yield (reached := _reach())
    if reached.level == Level.OK:
        for check in IN_DATABASE:
            yield from _checked(check, at)


def _reach() -> Finding:
    connection.settings_dict["OPTIONS"] = {"connect_timeout": PATIENCE, **connection.settings_dict["OPTIONS"]}
    try:
        connection.ensure_connection()
    except Error:
        return problem(
            "database",
            "it does not respond, so data and jobs were not checked",
            "check that PostgreSQL is running and DATABASE_URL points to it; in development: make run",
        )
    return ok("database", "it responds")


def _checked(check: Check, at: datetime) -> list[Finding]:
    """Run a check; if it fails, that becomes a finding instead of stopping the diagnosis."""
    name = check.__name__.replace("_", " ")
    try:
        return list(check(at))
    except Error as error:
        return [warning(name, f"could not be checked ({type(error).__name__})", "run manage.py migrate")]
    except Exception as error:
        said = f"could not be checked ({type(error).__name__}: {error})".partition("\n")[0]
        return [problem(name, said, "correct what this error names")]
