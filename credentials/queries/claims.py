"""The state of a claim to a record, for the claimant."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.dates import longmoment
from credentials.enums import ClaimState
from credentials.models import Claim

TOLD = [ClaimState.CONTESTED, ClaimState.TURNED_DOWN, ClaimState.UNDONE]


def newest_claim(user: User) -> Claim | None:
    """The newest claim that explains why the account has no record: its own, or another's to the record it had.

    A user without a record gets no alerts.
    """
    linked = User.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj=user.pk, holder__isnull=False
    )
    lost = Q(state=ClaimState.LINKED, decided_at__isnull=False, holder__in=linked.values("holder")) & ~Q(user=user)
    claims = Claim.objects.filter(lost | Q(user=user, state__in=TOLD))
    return claims.order_by("-made_at", "-id").first()


def no_claim_words(user: User) -> str:
    """Why this account can't claim a record now, whatever it claims; empty if it may try."""
    if user.holder_id is not None:
        return _("Your account is already linked to your record.")
    if Claim.objects.filter(user=user, state=ClaimState.CONTESTED).exists():
        return _("The Board is looking into your claim. My Account will show the outcome.")
    return ""


def claim_words(claim: Claim) -> str:
    """The state of a claim in words, for the user whom `newest_claim` explains it to."""
    words = {
        ClaimState.CONTESTED: _(
            "You claimed the record of certificate %(number)s (%(when)s). It is linked to another account, so the"
            " Board is looking into it. You will see the outcome here."
        ),
        ClaimState.TURNED_DOWN: _(
            "The Board has turned down your claim to the record of certificate %(number)s (%(when)s). Write to"
            " the Board if that is wrong."
        ),
        ClaimState.UNDONE: _(
            "The Board has undone the link between your account and the record of certificate %(number)s"
            " (%(when)s). Write to the Board if that is wrong."
        ),
        ClaimState.LINKED: _(
            "The Board has linked the record of certificate %(number)s to another account, which had claimed it"
            " (%(when)s). Your account no longer shows it. Write to the Board if that is wrong."
        ),
    }
    when = longmoment(claim.decided_at or claim.made_at)
    return words[ClaimState(claim.state)] % {"number": claim.certificate_number, "when": when}
