"""Locks for reviewing: row locks, and claims that keep two reviewers off the same declaration."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from declarations.actions.moves import MoveRefused
from declarations.enums import Move
from declarations.models import AtWork, Declaration
from declarations.permissions import HOLDERS_MOVES, may_move, objection_to
from declarations.queries import newest_submission
from declarations.queries.claims import lease
from declarations.rules import can_move
from education.actions import lock_cycle


def lock(declaration: Declaration) -> Declaration:
    """Lock and reload the declaration, after its cycle: the lock order used everywhere."""
    cycle = lock_cycle(declaration.cycle_id)
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    declaration.cycle = cycle
    return declaration


def lock_to_move(
    declaration: Declaration, wanted: Move, *, by: User, at: datetime, seen: int | None = None
) -> Declaration:
    """Lock and reload the declaration. Raises MoveRefused if the user may not move it or a colleague has claimed it."""
    declaration = lock(declaration)
    if can_move(declaration.state, wanted):
        if not may_move(by, declaration, wanted):
            raise MoveRefused(
                objection_to(by, declaration, wanted) or _("You are not allowed to decide on this declaration.")
            )
        if wanted not in HOLDERS_MOVES:
            keep_to_claims(declaration, by=by, at=at)
        keep_to_seen(declaration, seen)
    return declaration


def keep_to_claims(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Raise MoveRefused while a colleague is working on the declaration."""
    claims = AtWork.objects.filter(waiting=declaration.pk, taken_at__gt=at - lease()).exclude(taken_by=by)
    if claim := claims.select_related("taken_by").first():
        words = {"colleague": claim.taken_by}
        raise MoveRefused(_("%(colleague)s is working on this declaration. Take it over first.") % words)


def keep_to_seen(declaration: Declaration, seen: int | None) -> None:
    """Raise MoveRefused if there is a newer submission than `seen`, the one the user has read."""
    if seen is not None and seen != newest_submission(declaration):
        raise MoveRefused(
            _("It was submitted again after you opened the page. Read what is declared now, then decide.")
        )
