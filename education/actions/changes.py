"""Keeps the last change of each allocation, so that it can be undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from accounts.models import User
from credentials.models import Cycle
from education import queries
from education.actions.status import refresh_status
from education.enums import ChangeKind
from education.models import AllocationUndo


@contextmanager
def undoable(cycle: Cycle, *, what: str, by: User, at: datetime, kind: ChangeKind = ChangeKind.MADE) -> Iterator[None]:
    """Makes changes to a cycle inside the block undoable, and refreshes its status; the caller has locked the cycle."""
    before = queries.told(queries.shares_in(cycle.pk))
    yield
    after = queries.told(queries.shares_in(cycle.pk))
    if after == before:
        return
    undo = AllocationUndo(
        cycle=cycle,
        holder_id=cycle.holder_id,
        kind=kind,
        what=what[:300],
        shares=before,
        result=queries.digest_of(after),
        made_at=at,
        made_by=by,
    )
    AllocationUndo.objects.bulk_create([undo], update_conflicts=True, unique_fields=["cycle"], update_fields=UPDATED)
    refresh_status([cycle.pk], at=at)


UPDATED = ["kind", "what", "shares", "result", "made_at", "made_by"]
