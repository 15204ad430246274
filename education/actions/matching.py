"""Decisions about a recorded and a delivered credit: that they are the same, that they are not, or to undo a match."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.formatting import points_text
from credentials.models import Cycle
from education import queries
from education.actions.merging import merge, said_of, split
from education.enums import MatchState
from education.models import Allocation, Credit, Match
from education.rules.matching import DECISIONS


class MatchRefused(Exception):
    """The pair can't be decided like this; the message says why and what to do."""


@transaction.atomic
def match(*, match: Match, by: User, at: datetime) -> Match:
    """Merges a pair, doubtful or undone before, into the recorded credit: the provider's facts, the shares of both.

    Shares that the provider's points don't cover are released, and the holder is alerted.
    """
    match = _locked(match)
    if match.state == MatchState.MATCHED:
        return match
    _refuse_decided(match, MatchState.MATCHED)
    why_not = queries.why_not_matched(match, is_own=by.holder_id == match.holder_id)
    if why_not or match.delivered is None:
        raise MatchRefused(why_not)
    match.said = said_of(match.recorded)
    released = merge(recorded=match.recorded, delivered=match.delivered, at=at)
    match.delivered = None
    return _decide(match, MatchState.MATCHED, released=released, by=by, at=at)


@transaction.atomic
def mark_different(*, match: Match, by: User, at: datetime) -> Match:
    """Decides for good that a doubtful pair is two different credits."""
    match = _locked(match)
    if match.state == MatchState.DIFFERENT:
        return match
    _refuse_decided(match, MatchState.DIFFERENT)
    return _decide(match, MatchState.DIFFERENT, released=Decimal(0), by=by, at=at)


@transaction.atomic
def unmatch(*, match: Match, by: User, at: datetime) -> Match:
    """Undoes a match: the recorded credit gets back what its holder entered, and the delivered one is created anew.

    The shares stay with the recorded credit, as far as its own points cover them.
    """
    match = _locked(match)
    if match.state == MatchState.UNDONE:
        return match
    _refuse_decided(match, MatchState.UNDONE)
    if why_not := queries.why_not_undone(match):
        raise MatchRefused(why_not)
    match.delivered, released = split(recorded=match.recorded, said=match.said, at=at)
    others = Match.objects.filter(provider=match.provider, external_id=match.external_id, delivered=None)
    others.exclude(pk=match.pk).update(delivered=match.delivered)
    return _decide(match, MatchState.UNDONE, released=released, by=by, at=at)


def _locked(match: Match) -> Match:
    """Locks and reloads the match: first all credits of its holder, since any may be involved, then the cycles."""
    credits = Credit.objects.filter(holder_id=match.holder_id).order_by("id")
    list(credits.select_for_update().values_list("pk"))
    rows = Match.objects.select_for_update(of=("self",)).select_related("recorded__kind", "delivered__kind", "provider")
    match = rows.get(pk=match.pk)
    shared = Allocation.objects.filter(credit__in=[match.recorded_id, match.delivered_id]).values("cycle")
    list(Cycle.objects.filter(pk__in=shared).order_by("id").select_for_update().values_list("pk"))
    return match


def _refuse_decided(match: Match, wanted: MatchState) -> None:
    if match.state not in DECISIONS[wanted]:
        message = _("This was already decided: %(state)s. Check the page again.")
        raise MatchRefused(message % {"state": match.get_state_display()})


def _decide(match: Match, state: MatchState, *, released: Decimal, by: User, at: datetime) -> Match:
    match.state, match.decided_by, match.decided_at = state, by, at
    match.save()
    if released:
        _tell_released(match, released, at=at)
    if by.holder_id != match.holder_id:
        _tell_decided(match, at=at)
    return match


def _tell_released(match: Match, released: Decimal, *, at: datetime) -> None:
    body = gettext_noop("Released from your allocation: %(points)s. An activity counts once, up to its points.")
    with in_language_of(match.holder_id):
        tell(
            holder_id=match.holder_id,
            kind=AlertKind.SHARES_RELEASED,
            key=f"{AlertKind.SHARES_RELEASED}:match:{match.pk}:{match.state}:{at:%Y%m%d%H%M%S}",
            title=_("Allocation reduced: “%(title)s”") % {"title": _title(match)},
            body=_(body) % {"points": points_text(released)},
            link=reverse("education:progress"),
            at=at,
        )


def _tell_decided(match: Match, *, at: datetime) -> None:
    with in_language_of(match.holder_id):
        tell(
            holder_id=match.holder_id,
            kind=AlertKind.CREDIT_MATCHED,
            key=f"{AlertKind.CREDIT_MATCHED}:{match.pk}:{match.state}:{at:%Y%m%d%H%M%S}",
            title=_decision(match) % {"title": _title(match), "provider": match.provider.title[:60]},
            body=_("The Board has decided. If this is a mistake, tell the Board."),
            link=reverse("education:credit", args=[match.recorded.uuid]),
            at=at,
        )


def _decision(match: Match) -> str:
    if match.state == MatchState.MATCHED:
        return _("“%(title)s” is the same as the credit %(provider)s delivered, and counts once")
    if match.state == MatchState.DIFFERENT:
        return _("“%(title)s” is not the same as the credit %(provider)s delivered; both count")
    return _("“%(title)s” is no longer matched with the credit %(provider)s delivered")


def _title(match: Match) -> str:
    return Truncator(match.recorded.title).chars(70)
