"""Claim a declaration for review, release it, or take it over from a colleague."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from declarations.actions.moves import MoveRefused
from declarations.models import AtWork, Declaration, Waiting
from declarations.permissions import may_take
from declarations.queries.claims import lease


@transaction.atomic
def claim(*, declaration: Declaration, by: User, at: datetime) -> AtWork:
    """Claim a declaration nobody else is working on; claiming one's own again renews the lease."""
    held = _held(declaration, by=by)
    if held is not None and held.taken_by_id != by.pk and held.taken_at > at - lease():
        raise MoveRefused(_("%(colleague)s got to it first and is working on it.") % {"colleague": held.taken_by})
    return _take(declaration, by=by, at=at)


@transaction.atomic
def take_over(*, declaration: Declaration, seen: int, by: User, at: datetime) -> AtWork:
    """Take a declaration over from the colleague `seen` working on it (a user's ID), and from nobody else."""
    held = _held(declaration, by=by)
    if held is not None and held.taken_by_id not in {seen, by.pk}:
        words = {"colleague": held.taken_by}
        raise MoveRefused(_("%(colleague)s is working on it now. Check again before you take it over.") % words)
    return _take(declaration, by=by, at=at)


@transaction.atomic
def release(*, declaration: Declaration, by: User, at: datetime) -> None:
    """Release one's own claim; doing it twice changes nothing."""
    AtWork.objects.filter(waiting=declaration.pk, taken_by=by).delete()


def _held(declaration: Declaration, *, by: User) -> AtWork | None:
    """The current claim, if any; locks the row of the queue, so that concurrent claims are serialized."""
    waiting = Waiting.objects.select_for_update().filter(pk=declaration.pk).first()
    declaration.refresh_from_db(fields=["state"])
    if waiting is None or not may_take(by, declaration):
        raise MoveRefused(_("You can't decide this declaration, or it has already been decided."))
    return AtWork.objects.filter(waiting=waiting).select_related("taken_by").first()


def _take(declaration: Declaration, *, by: User, at: datetime) -> AtWork:
    taken, _created = AtWork.objects.update_or_create(
        waiting_id=declaration.pk, defaults={"taken_by": by, "taken_at": at}
    )
    return taken
