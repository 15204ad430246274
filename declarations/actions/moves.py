"""The only code that changes a declaration's state."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actions import tell, withdraw_alerts
from accounts.enums import AlertKind, Withdrawal
from accounts.models import User
from accounts.queries import in_language_of
from declarations import queries, rules
from declarations.actions.queue import line_up, stay
from declarations.enums import Move, State
from declarations.models import Declaration, Step

MOVE = """
    WITH before AS (
        SELECT id, state FROM declarations_declaration WHERE id = ANY(%(ids)s) AND state = ANY(%(befores)s)
    ), moved AS (
        UPDATE declarations_declaration d SET state = %(after)s FROM before b WHERE b.id = d.id RETURNING d.id, b.state
    )
    INSERT INTO declarations_step (declaration_id, move, from_state, to_state, by_id, at, note, private_note)
    SELECT id, %(move)s, state, %(after)s, %(by)s, %(at)s, %(note)s, '' FROM moved ORDER BY id
"""


class MoveRefused(Exception):
    """The transition table does not allow this; the message names the declaration's state."""


def move(declaration: Declaration, move: Move, *, by: User | None, at: datetime, note: str = "") -> Step:
    """Move one declaration, which the caller has locked, and record a step."""
    return move_all([declaration], move, by=by, at=at, note=note)[0]


def move_all(
    declarations: Iterable[Declaration], move: Move, *, by: User | None, at: datetime, note: str = ""
) -> list[Step]:
    """Move several locked declarations with one step each, all or nothing."""
    declarations = list(declarations)
    _refuse_illegal(declarations, move)
    after = rules.MOVES[move][1]
    steps = [
        Step(
            declaration=declaration,
            move=move,
            from_state=declaration.state,
            to_state=after,
            by=by,
            at=at,
            note=note,
        )
        for declaration in declarations
    ]
    with transaction.atomic(savepoint=False):
        Declaration.objects.filter(pk__in=[declaration.pk for declaration in declarations]).update(state=after)
        steps = Step.objects.bulk_create(steps)
        line_up(steps)
    for declaration in declarations:
        declaration.state = after
    return steps


def move_many(declarations: Collection[int], move: Move, *, by: User | None, at: datetime, note: str = "") -> None:
    """Move locked declarations, given by primary key, that wait for the Board before and after; all or nothing."""
    befores, after = rules.MOVES[move]
    said: dict[str, Any] = {"move": move, "after": after, "by": by and by.pk, "at": at, "note": note}
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(MOVE, said | {"ids": list(declarations), "befores": sorted(befores)})
            moved = cursor.rowcount
        if moved != len(declarations):
            raise MoveRefused(_("The state of some of these declarations can no longer be changed."))
        stay(declarations, state=after)


def _refuse_illegal(declarations: list[Declaration], move: Move) -> None:
    for declaration in declarations:
        if not rules.can_move(declaration.state, move):
            state = State(declaration.state).label
            raise MoveRefused(
                _("This declaration is now “%(state)s”, so that is no longer possible.") % {"state": state}
            )


def require_reason(note: str) -> None:
    """Raise MoveRefused unless the holder is given a reason for the move."""
    if not note.strip():
        raise MoveRefused(_("Write a reason. The holder needs to know what to do."))


def tell_move(step: Step, *, title: str, body: str = "") -> None:
    """Notify the holder of a move, once, in their language; `%(credential)s` in the title is filled in."""
    declaration = step.declaration
    with in_language_of(declaration.holder_id):
        tell(
            holder_id=declaration.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=_key(step),
            title=_(title) % {"credential": declaration.cycle.credential.credential_type.code},
            body=body or queries.noted(step.move, step.note),
            link=declaration.get_absolute_url(),
            at=step.at,
        )


def withdraw_told(
    steps: Iterable[Step], *, holder_id: int, at: datetime, because: Withdrawal = Withdrawal.OUTDATED
) -> None:
    """Withdraw what a holder was told of these steps, once something else has followed."""
    withdraw_alerts(holder_id=holder_id, keys=map(_key, steps), at=at, because=because)


def _key(step: Step) -> str:
    return f"step:{step.pk}"
