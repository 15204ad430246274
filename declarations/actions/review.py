"""Decisions of the Board on a declaration, and withdrawal by its holder."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Cycle
from declarations import queries
from declarations.actions.fees import drop, require_paid, tell_of_money_waiting
from declarations.actions.locks import lock_to_move
from declarations.actions.moves import MoveRefused, move, require_reason, tell_move
from declarations.actions.renewal import renew_if_due
from declarations.enums import Move, State
from declarations.models import Declaration, Ruling
from declarations.rules import can_move
from education.actions import refit


@retry_on_conflict
@transaction.atomic
def approve(
    *, declaration: Declaration, by: User, at: datetime, note: str = "", seen: int | None = None
) -> Declaration:
    """Find a declaration eligible; the cycle is renewed at once if its month of expiration has begun.

    Every requirement must still be met given the rulings on its credits. `seen`, here and below, is the number of the
    submission the reviewer has read; if there is a later one, MoveRefused is raised.
    """
    declaration = lock_to_move(declaration, Move.APPROVE, by=by, at=at, seen=seen)
    _require_completeness(declaration)
    require_paid(declaration)
    step = move(declaration, Move.APPROVE, by=by, at=at, note=note)
    record_decision(declaration, by=by, at=at)
    tell_move(step, title=gettext_noop("Declaration for %(credential)s approved"))
    renew_if_due(declaration, by=by, at=at)
    declaration.refresh_from_db()
    return declaration


@retry_on_conflict
@transaction.atomic
def send_back(*, declaration: Declaration, by: User, at: datetime, note: str, seen: int | None = None) -> Declaration:
    """Return a declaration to its holder, giving a reason; shares may change again, the receipt stands.

    The note may be empty if credits were not accepted: then their reasons suffice.
    """
    declaration = lock_to_move(declaration, Move.RETURN, by=by, at=at, seen=seen)
    refused = queries.refusals(declaration)
    with in_language_of(declaration.holder_id):
        note = note.strip() or _refused_words(refused)
        lines = [note, *map(_refusal_line, refused)]
    require_reason(note)
    step = move(declaration, Move.RETURN, by=by, at=at, note=note)
    thaw(declaration, at=at)
    title = gettext_noop("Declaration for %(credential)s returned to you")
    tell_move(step, title=title, body="\n".join(lines))
    tell_of_money_waiting(declaration, at=at)
    return declaration


@retry_on_conflict
@transaction.atomic
def deny(*, declaration: Declaration, by: User, at: datetime, note: str, seen: int | None = None) -> Declaration:
    """Deny a declaration, giving a reason; the holder may appeal or declare again."""
    declaration = lock_to_move(declaration, Move.DENY, by=by, at=at, seen=seen)
    require_reason(note)
    step = move(declaration, Move.DENY, by=by, at=at, note=note)
    record_decision(declaration, by=by, at=at)
    thaw(declaration, at=at, declared_on=None)
    with in_language_of(declaration.holder_id):
        words = queries.denial_words(declaration, step.note)
    title = gettext_noop("Declaration for %(credential)s denied")
    tell_move(step, title=title, body=words)
    return declaration


@retry_on_conflict
@transaction.atomic
def withdraw(*, declaration: Declaration, by: User, at: datetime) -> Declaration:
    """Withdraw a declaration before it is decided; doing it twice changes nothing."""
    declaration = lock_to_move(declaration, Move.WITHDRAW, by=by, at=at)
    if declaration.state == State.WITHDRAWN:
        return declaration
    step = move(declaration, Move.WITHDRAW, by=by, at=at)
    drop(declaration, at=at)
    thaw(declaration, at=at, declared_on=None)
    tell_move(step, title=gettext_noop("Declaration for %(credential)s withdrawn"))
    tell_of_money_waiting(declaration, at=at)
    return declaration


def _require_completeness(declaration: Declaration) -> None:
    if not can_move(declaration.state, Move.APPROVE):
        return
    if refusal := queries.why_not_approved(queries.judged_standing(declaration)):
        raise MoveRefused(refusal)


def _refused_words(refused: list[Ruling]) -> str:
    return (
        _("The Board did not accept some of the credits. The reason is shown beside each of them.") if refused else ""
    )


def _refusal_line(ruling: Ruling) -> str:
    return _("“%(title)s”: %(reason)s") % {"title": ruling.credit.title, "reason": ruling.reason}


def record_decision(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Record who decided on the declaration, and when; the caller has moved it."""
    declaration.decided_at, declaration.decided_by, declaration.decided_on = at, by, board_day(at)
    declaration.save(update_fields=["decided_at", "decided_by", "decided_on"])


def thaw(declaration: Declaration, *, at: datetime, **also: None) -> None:
    """Unfreeze the shares; `declared_on=None` also clears the declared date, when no declaration is live any longer."""
    Cycle.objects.filter(pk=declaration.cycle_id).update(shares_frozen_at=None, **also)
    refit(cycle=declaration.cycle, at=at)
