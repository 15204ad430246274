"""The review queue: updated with every move; changes made elsewhere are reconciled hourly."""

from collections.abc import Collection, Iterable

from django.db import connection, transaction

from declarations.enums import Flag, State
from declarations.models import AtWork, Declaration, Step, Waiting
from declarations.queries.flags import WAITING, entries_of, unusual_by_declaration, waiting_values
from declarations.rules import UNDECIDED

BATCH = 1000
WRITTEN = ["holder", "credential_type", "state", "due_on", "flags"]
# Rows that are out of date, and what they should say. The flag UNUSUAL is kept: it was determined when the row was
# written.
OUTDATED = f"""
    FROM (SELECT q.id, q.holder_id, q.credential_type_id, q.state, q.due_on,
                 q.flags || array(SELECT f FROM unnest(o.flags) f WHERE f = '{Flag.UNUSUAL}') AS flags
            FROM ({WAITING}) q JOIN declarations_waiting o ON o.declaration_id = q.id) n
"""  # noqa: S608 (constants only)
IS_OUTDATED = """
    n.id = w.declaration_id
    AND (w.holder_id, w.credential_type_id, w.state, w.due_on, w.flags)
        IS DISTINCT FROM (n.holder_id, n.credential_type_id, n.state, n.due_on, n.flags)
"""
# A row that moves just now is waited for here, and read again by MEND.
LOCK_OUTDATED = f"""
    SELECT w.declaration_id {OUTDATED} JOIN declarations_waiting w ON {IS_OUTDATED}
     ORDER BY w.declaration_id FOR UPDATE OF w
"""
MEND = f"""
    UPDATE declarations_waiting w
       SET holder_id = n.holder_id, credential_type_id = n.credential_type_id, state = n.state, due_on = n.due_on,
           flags = n.flags
    {OUTDATED} WHERE {IS_OUTDATED} AND w.declaration_id = ANY(%(locked)s)
"""  # noqa: S608 (constants only)


def line_up(steps: Iterable[Step]) -> None:
    """Enter moved declarations into the queue or remove them from it; ends any claim on them."""
    steps = list(steps)
    touched = [one for one in steps if UNDECIDED & {one.from_state, one.to_state}]
    if not touched:
        return
    staying = {one.declaration_id for one in touched if one.to_state in UNDECIDED}
    _leave({one.declaration_id for one in touched}, staying=staying)
    enter(staying)


def _leave(declarations: set[int], *, staying: set[int]) -> None:
    held = _freed(declarations)
    if held - staying:
        Waiting.objects.filter(pk__in=held - staying).delete()


def _freed(declarations: Collection[int]) -> set[int]:
    """End the claims on declarations and return which are in the queue, locked so that none is claimed meanwhile."""
    rows = Waiting.objects.filter(pk__in=declarations).order_by("pk")
    held = set(rows.select_for_update().values_list("pk", flat=True))
    if held:
        AtWork.objects.filter(waiting__in=held).delete()
    return held


def stay(declarations: Collection[int], *, state: State) -> None:
    """Keep the entries of declarations that remain in the queue with nothing newly signed; ends any claim on them."""
    held = _freed(declarations)
    Waiting.objects.filter(pk__in=held).update(state=state)
    enter({*declarations} - held)


def enter(declarations: Collection[int]) -> int:
    """Write the queue entries of declarations that wait for the Board (upsert); returns how many."""
    if not declarations:
        return 0
    entries = entries_of(declarations)
    unusual = unusual_by_declaration([entry.pk for entry in entries])
    rows = [
        Waiting(
            declaration_id=entry.pk,
            holder_id=entry.holder,
            credential_type_id=entry.credential_type,
            state=entry.state,
            due_on=entry.due_on,
            flags=[*entry.flags, *([Flag.UNUSUAL] if unusual[entry.pk] else [])],
        )
        for entry in entries
    ]
    Waiting.objects.bulk_create(rows, update_conflicts=True, unique_fields=["declaration"], update_fields=WRITTEN)
    return len(rows)


def mend_queue() -> int:
    """Repair the queue; returns how many rows were wrong. Idempotent."""
    wrong = _drop_decided() + _correct()
    while entered := _enter_missing():
        wrong += entered
    return wrong


@transaction.atomic
def _drop_decided() -> int:
    decided = Waiting.objects.exclude(declaration__state__in=UNDECIDED).order_by("pk")
    keys = list(decided.select_for_update(of=("self",)).values_list("pk", flat=True))
    AtWork.objects.filter(waiting__in=keys).delete()
    Waiting.objects.filter(pk__in=keys).delete()
    return len(keys)


@transaction.atomic
def _correct() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_OUTDATED, waiting_values())
        locked = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(MEND, {**waiting_values(), "locked": locked})
        return int(cursor.rowcount)


@transaction.atomic
def _enter_missing() -> int:
    """Enter the next declarations that are missing, locked so that none moves meanwhile."""
    missing = Declaration.objects.filter(state__in=UNDECIDED, waiting=None).order_by("pk")
    return enter(list(missing.select_for_update(of=("self",)).values_list("pk", flat=True)[:BATCH]))
