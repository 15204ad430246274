"""Faults planted past every guard; `tests/cmp_portal/test_ledger.py` checks that every finding has one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from cmp_portal import ledger
from cmp_portal.lib import clock
from cmp_portal.lib.consistency import Findings, Scope
from tests.fixtures import NOON
from tests.world import World

# The findings for which some fault is planted.
PLANTED: set[str] = set()


@dataclass(frozen=True)
class Fault:
    """A fault: the findings it must cause, and the SQL that plants it."""

    name: str
    finds: set[str]
    plant: Callable[[World], str]
    notes: bool = False

    def __post_init__(self) -> None:
        PLANTED.update(self.finds)


def each(faults: list[Fault]) -> Any:
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name)


@contextmanager
def planted(fault: Fault, world: World) -> Iterator[None]:
    """Plant a fault with triggers and foreign keys disabled; rolled back at the end."""
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        run(fault.plant(world))
        yield
        transaction.set_rollback(True)


def found(*, notes: bool = False) -> dict[str, Findings]:
    """All findings, or all notes, by kind; includes the check of documents."""
    scope = Scope(on=clock.board_day(NOON), files=True)
    findings = (one for check in ledger.checks() for one in check.look(scope))
    return {one.what: one for one in findings if one.is_note == notes}


def found_in(fault: Fault, world: World) -> set[str]:
    with planted(fault, world):
        return set(found(notes=fault.notes))


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def without(table: str, constraint: str) -> str:
    """SQL that drops a constraint that would refuse the fault."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint};"
