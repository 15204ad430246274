"""Measuring helpers shared by the cases."""

from collections.abc import Callable
from time import perf_counter

from django.db import connection, transaction


def seconds(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def undone(call: Callable[[], object]) -> Callable[[], float]:
    """Seconds for a call that is rolled back, deferred constraints included."""

    def measure() -> float:
        with transaction.atomic():
            found = seconds(lambda: (call(), execute("SET CONSTRAINTS ALL IMMEDIATE")))
            transaction.set_rollback(True)
        return found

    return measure


def execute(statement: str, values: object = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def again(once: Callable[[], object]) -> tuple[float, int]:
    """Seconds for the second of two identical calls, and the number of rows it wrote; both are rolled back."""
    with transaction.atomic():
        once()
        before = written()
        found = seconds(once)
        rows = written() - before
        transaction.set_rollback(True)
    return found, rows


def written() -> int:
    """Rows inserted, updated and deleted so far in this transaction."""
    ((rows,),) = execute(
        "SELECT COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_xact_user_tables"
        " WHERE schemaname = 'public'"
    )
    return rows
