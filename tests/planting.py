"""Faults planted past every guard; `tests/cmp_portal/test_ledger.py` checks that none is left unplanted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from cmp_portal import ledger
from cmp_portal.lib import clock
from cmp_portal.lib.differences import Findings, Scope
from tests.fixtures import NOON
from tests.world import World

# What some fault is planted for.
PLANTED: set[str] = set()


@dataclass(frozen=True)
class Fault:
    """One thing gone wrong, what finds it, and the SQL that does it."""

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
    """The world with the fault in it, which no trigger and no foreign key has seen."""
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        run(fault.plant(world))
        yield
        transaction.set_rollback(True)


def found(*, notes: bool = False) -> dict[str, Findings]:
    """All there is of one sort, by what it is; documents too."""
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
    """SQL that drops what else would refuse the fault."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint};"
