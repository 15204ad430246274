"""Append-only history tables, written by database triggers."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.migrations import RunSQL

Model = TypeVar("Model", bound=models.Model)


def track_history(*, exclude: list[str] | None = None) -> Callable[[type[Model]], type[Model]]:
    """Record every insert, update and delete of the model's rows, by whatever means, with who did it and why."""
    track: Any = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=exclude,
        level=pgtrigger.Statement,
    )
    return track  # type: ignore[no-any-return]


def never_truncated() -> pgtrigger.Trigger:
    """Trigger that refuses TRUNCATE, which bypasses the history's and all other row triggers."""
    return pgtrigger.Trigger(
        name="never_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'this table is never truncated' USING ERRCODE = 'check_violation';",
    )


def keep_history(*tables: str) -> list[RunSQL]:
    """Migration operations that add triggers refusing TRUNCATE to history tables."""
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
