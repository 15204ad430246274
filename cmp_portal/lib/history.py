"""Append-only history, written by the database itself."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.migrations import RunSQL

Model = TypeVar("Model", bound=models.Model)


def track_history(*, exclude: list[str] | None = None) -> Callable[[type[Model]], type[Model]]:
    """Every insert, update and delete of the model's rows, by whatever means, leaves a row with who and why."""
    track: Any = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=exclude,
        level=pgtrigger.Statement,
    )
    return track  # type: ignore[no-any-return]


def never_truncated() -> pgtrigger.Trigger:
    """Refuses TRUNCATE, which neither history nor any other row trigger sees."""
    return pgtrigger.Trigger(
        name="never_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'this table is never truncated' USING ERRCODE = 'check_violation';",
    )


def keep_history(*tables: str) -> list[RunSQL]:
    """Migration operations that refuse TRUNCATE on history tables, which no row trigger sees."""
    return [RunSQL(FUNCTION, RunSQL.noop), *(RunSQL(TRIGGER.format(table), DROP.format(table)) for table in tables)]


FUNCTION = """
    CREATE OR REPLACE FUNCTION history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'check_violation'; END $$
"""
TRIGGER = """
    CREATE TRIGGER history_is_kept BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_kept()
"""
DROP = "DROP TRIGGER history_is_kept ON {0}"
