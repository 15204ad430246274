"""Approve declarations in bulk, if they have no flags."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from declarations import queries
from declarations.actions.locks import lock
from declarations.actions.moves import MoveRefused
from declarations.actions.queue import enter
from declarations.actions.review import approve
from declarations.enums import State
from declarations.models import Declaration, Waiting
from declarations.rules import UNDECIDED


@dataclass(frozen=True)
class Left:
    """A declaration that was not approved, and why."""

    number: str
    why: str


@dataclass(frozen=True)
class Bulk:
    """The outcome of a bulk approval."""

    approved: tuple[str, ...]
    left: tuple[Left, ...]


def approve_unflagged(*, declarations: Iterable[Declaration], by: User, at: datetime) -> Bulk:
    """Approve the declarations without flags, each in its own transaction: one refusal doesn't block the rest."""
    approved, left = [], []
    for declaration in declarations:
        number = declaration.number or str(declaration.pk)
        try:
            _approve_unflagged(declaration, by=by, at=at)
            approved.append(number)
        except MoveRefused as refusal:
            left.append(Left(number, str(refusal)))
    return Bulk(tuple(approved), tuple(left))


@transaction.atomic
def _approve_unflagged(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Check the flags under the lock, so that none can appear between the check and the decision."""
    declaration = lock(declaration)
    if declaration.state == State.SUBMITTED:
        if flags := queries.flags_now([_entry(declaration)])[declaration.pk]:
            raise MoveRefused(", ".join(str(flag.label) for flag in flags))
        if queries.refusals(declaration):
            raise MoveRefused(_("Some of its credits are not accepted."))
    elif declaration.state in UNDECIDED:
        raise MoveRefused(str(State(declaration.state).label))
    approve(declaration=declaration, by=by, at=at)


def _entry(declaration: Declaration) -> Waiting:
    """The queue entry, written now if it is missing: without one, nothing is known of the flags."""
    if not Waiting.objects.filter(pk=declaration.pk).exists():
        enter([declaration.pk])
    return Waiting.objects.get(pk=declaration.pk)
