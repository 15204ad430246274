"""Single SQL statements, for what works on whole sets of rows."""

from typing import Any

from django.db import connection


def execute(sql: str, **values: Any) -> int:
    """Run a statement; returns the number of rows affected."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def first_column(sql: str, **values: Any) -> list[Any]:
    """Run a statement and return its rows, which have a single column."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [value for (value,) in cursor]
