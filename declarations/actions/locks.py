"""How a review begins: what is decided on is locked, and colleagues do not collide."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from declarations.actions.moves import MoveRefused
from declarations.models import AtWork, Declaration
from declarations.queries import newest_submission
from education.actions import lock_cycle


def lock(declaration: Declaration) -> Declaration:
    """The declaration as it is now, its cycle locked before it, as everywhere."""
    cycle = lock_cycle(declaration.cycle_id)
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    declaration.cycle = cycle
    return declaration


def claim_of_other(declaration: Declaration, *, by: User, at: datetime) -> AtWork | None:
    """The claim of a colleague who is at work on it; one that has lapsed holds nobody up."""
    claims = AtWork.objects.filter(waiting=declaration.pk, taken_at__gt=at - lease()).exclude(taken_by=by)
    return claims.select_related("taken_by").first()


def keep_to_claims(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Raises MoveRefused while a colleague is at work on the declaration."""
    if claim := claim_of_other(declaration, by=by, at=at):
        words = {"colleague": claim.taken_by}
        raise MoveRefused(_("%(colleague)s is working on this declaration. Take it over first.") % words)


def keep_to_seen(declaration: Declaration, seen: int | None) -> None:
    """Raises MoveRefused when another submission than the one that was read is the newest by now."""
    if seen is not None and seen != newest_submission(declaration):
        raise MoveRefused(
            _("It was submitted again after you opened the page. Read what is declared now, then decide.")
        )


def lease() -> timedelta:
    """How long a claim holds."""
    return timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
