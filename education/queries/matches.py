"""Recorded and delivered credits that may be the same, as shown to their holder and to the Board."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_words
from education.enums import MatchReason, MatchState
from education.models import Allocation, Credit, Match, MatchQuerySet
from education.queries.credits import provider_of
from education.queries.effects import DECLARED, is_signed, merged_shares, shares_of

SHOWN = 10


def matches_visible_to(user: User) -> MatchQuerySet:
    """A holder's own matches, oldest first; all matches for the Board."""
    matches = _loaded(Match.objects.all())
    if user.may(Permission.SEE_RECORDS):
        return matches
    return matches.filter(holder_id=user.holder_key)


def _loaded(matches: MatchQuerySet) -> MatchQuerySet:
    rows = ("recorded__provider", "recorded__kind", "delivered__provider", "delivered__kind")
    return matches.select_related(*rows, "provider", "holder", "decided_by").order_by("id")


@dataclass(frozen=True)
class Side:
    """One credit of a pair."""

    label: str
    title: str
    text: str
    use_text: str
    url: str


@dataclass(frozen=True)
class Pair:
    """Two credits that may be the same, the reasons, and the links to decide.

    `effect_text` says what matching them costs, or why they can't be matched; `undone_text` that they once were.
    """

    title: str
    sides: tuple[Side, ...]
    reasons: str
    undone_text: str
    effect_text: str
    same_url: str
    different_url: str


@dataclass(frozen=True)
class Duplicates:
    """Pairs waiting for a decision, oldest first; `more_text` mentions those not shown."""

    pairs: tuple[Pair, ...]
    more_text: str = ""


def possible_duplicates(user: User) -> Duplicates:
    """The pairs that a holder is asked about."""
    waiting = matches_visible_to(user).filter(holder_id=user.holder_key).waiting()
    rows = list(waiting[: SHOWN + 1])
    more = waiting.count() - SHOWN if len(rows) > SHOWN else 0
    text = ngettext("%(count)s more pair is waiting.", "%(count)s more pairs are waiting.", more) % {"count": more}
    return Duplicates(pairs=pairs_of(rows[:SHOWN]), more_text=text if more else "")


def pairs_of(matches: Sequence[Match]) -> tuple[Pair, ...]:
    """Both credits of each match side by side, whether they are allocated, and what matching them would change."""
    keys = [key for match in matches for key in (match.recorded_id, match.delivered_id)]
    shares: dict[int, list[Allocation]] = defaultdict(list)
    for share in shares_of(*keys) if keys else ():
        shares[share.credit_id].append(share)
    return tuple(_pair(match, shares) for match in matches)


def _pair(match: Match, shares: Mapping[int, Sequence[Allocation]]) -> Pair:
    own, theirs = shares.get(match.recorded_id, ()), shares.get(match.delivered_id or 0, ())
    is_declared = any(map(is_signed, theirs))
    delivered = _("%(provider)s delivered") % {"provider": match.provider.title}
    both = ((_("You recorded"), match.recorded), (delivered, match.delivered))
    return Pair(
        title=match.recorded.title,
        sides=tuple(_side(label, credit, is_used=credit.pk in shares) for label, credit in both if credit),
        reasons=reasons_text(match),
        undone_text=_undone_text(match),
        effect_text=str(DECLARED) if is_declared else _effect_text(match, own, theirs),
        same_url="" if is_declared else reverse("education:match", args=[match.uuid]),
        different_url=reverse("education:mark_different", args=[match.uuid]) if match.decided_at is None else "",
    )


def _undone_text(match: Match) -> str:
    if match.decided_at is None:
        return ""
    day = {"day": longdate(board_day(match.decided_at))}
    return _("They were matched before. The match was undone on %(day)s.") % day


def _effect_text(match: Match, own: Sequence[Allocation], theirs: Sequence[Allocation]) -> str:
    points = match.delivered.points if match.delivered else Decimal(0)
    released = merged_shares(own, theirs, points=points).released
    words = {"released": points_words(released), "points": points_words(points)}
    text = _("As one credit, they have %(points)s. Released from your allocation: %(released)s.")
    return text % words if released else ""


def _side(label: str, credit: Credit, *, is_used: bool) -> Side:
    return Side(
        label=label,
        title=credit.title,
        text=_facts_text(provider_of(credit), credit.completed_on, credit.points),
        use_text=_("Allocated.") if is_used else _("Not allocated yet."),
        url=reverse("education:credit", args=[credit.uuid]),
    )


def reasons_text(match: Match) -> str:
    """What speaks for and against a match, in words."""
    return " · ".join(str(MatchReason(code).label) for code in match.reasons)


def _facts_text(provider: str, day: date, points: Decimal) -> str:
    return f"{provider} · {longdate(day)} · {points_words(points)}"


@dataclass(frozen=True)
class MatchedNote:
    """What a matched credit was before, and how to undo the match; `undo_url` is empty if that is not possible."""

    text: str
    said_title: str
    said_text: str
    reasons: str
    undo_url: str


@dataclass(frozen=True)
class CreditMatches:
    """What a credit is matched with, or may be."""

    note: MatchedNote | None
    duplicates: Duplicates


def matches_of(credit: Credit) -> CreditMatches:
    """The current match of a credit, and the pairs it is part of that can be decided: waiting, or undone before."""
    rows = list(_loaded(Match.objects.filter(Q(recorded=credit) | Q(delivered=credit))))
    keys = [match.pk for match in rows]
    pairs = Match.objects.of_two_credits().filter(pk__in=keys, state__in=[MatchState.DOUBTFUL, MatchState.UNDONE])
    waiting = set(pairs.values_list("pk", flat=True)) if keys else set()
    matched = next((match for match in rows if match.state == MatchState.MATCHED), None)
    return CreditMatches(
        note=matched_note(matched) if matched else None,
        duplicates=Duplicates(pairs_of([match for match in rows if match.pk in waiting][:SHOWN])),
    )


def matched_note(match: Match) -> MatchedNote:
    """The note about a current match."""
    frozen = Allocation.objects.filter(credit=match.recorded, cycle__shares_frozen_at__isnull=False).exists()
    said = match.said or {}
    said_day, said_points = date.fromisoformat(said["completed_on"]), Decimal(said["points"])
    return MatchedNote(
        text=_when(match),
        said_title=said["title"],
        said_text=_facts_text(said["provider_name"], said_day, said_points),
        reasons=reasons_text(match),
        undo_url="" if frozen else reverse("education:unmatch", args=[match.uuid]),
    )


def _when(match: Match) -> str:
    words = {"provider": match.provider.title, "day": longdate(board_day(match.created_at))}
    if match.decided_by is None:
        return _("Certain match with the credit that %(provider)s delivered on %(day)s.") % words
    if match.decided_by.holder_id == match.holder_id:
        return _("Matched with the credit that %(provider)s delivered on %(day)s: you said they are the same.") % words
    return (
        _("Matched with the credit that %(provider)s delivered on %(day)s: the Board decided they are the same.")
        % words
    )
