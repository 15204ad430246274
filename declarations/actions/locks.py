"""Locks for reviewing: row locks, and claims that keep two reviewers off the same declaration."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from declarations.actions.moves import MoveRefused
from declarations.models import AtWork, Declaration
from declarations.queries import newest_submission
from education.actions import lock_cycle


def lock(declaration: Declaration) -> Declaration:
    """Lock and reload the declaration, after its cycle: the lock order used everywhere."""
    cycle = lock_cycle(declaration.cycle_id)
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    declaration.cycle = cycle
    return declaration


def claim_of_other(declaration: Declaration, *, by: User, at: datetime) -> AtWork | None:
    """A colleague's unexpired claim on the declaration, if any."""
    claims = AtWork.objects.filter(waiting=declaration.pk, taken_at__gt=at - lease()).exclude(taken_by=by)
    return claims.select_related("taken_by").first()


def keep_to_claims(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Raise MoveRefused while a colleague is working on the declaration."""
    if claim := claim_of_other(declaration, by=by, at=at):
        words = {"colleague": claim.taken_by}
        raise MoveRefused(_("%(colleague)s is working on this declaration. Take it over first.") % words)


def keep_to_seen(declaration: Declaration, seen: int | None) -> None:
    """Raise MoveRefused if there is a newer submission than `seen`, the one the user has read."""
    if seen is not None and seen != newest_submission(declaration):
        raise MoveRefused(
            _("It was submitted again after you opened the page. Read what is declared now, then decide.")
        )


def lease() -> timedelta:
    """How long a claim lasts."""
    return timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
