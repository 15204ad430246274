"""What matching two credits, undoing a match or correcting a credit does to the allocations of their holder.

The actions do what is computed here, and the pages show it before they do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text, points_words
from credentials.models import Cycle
from education import rules
from education.models import Allocation, Credit, Match

DECLARED = gettext_lazy(
    "The delivered credit is part of a declaration. Withdraw the one you recorded instead, so that it counts once."
)
DECLARED_TO_THE_BOARD = gettext_lazy(
    "The delivered credit is part of a declaration. Only the holder can withdraw the recorded one instead, so that it"
    " counts once."
)


def shares_of(*credits: int | None) -> list[Allocation]:
    """The shares of credits by cycle, within a cycle oldest first."""
    rows = ("area", "cycle__requirement_set", "cycle__credential__credential_type")
    shares = Allocation.objects.filter(credit__in=[key for key in credits if key]).select_related(*rows)
    return list(shares.order_by("cycle", "created_at", "id"))


def kept_in(cycle: Cycle, shares: Iterable[Allocation], *, points: Decimal) -> list[Decimal]:
    """What a credit with so many points covers of each of its shares in a cycle; earlier shares come first."""
    return rules.kept_of([share.points for share in shares], points=points, step=cycle.requirement_set.step)


def what_remains(shares: Iterable[Allocation], *, points: Decimal) -> dict[int, Decimal]:
    """Per share, what a credit with so many points covers; in each cycle, earlier shares come first."""
    remaining: dict[int, Decimal] = {}
    for _cycle, group in groupby(sorted(shares, key=_cycle_of), key=_cycle_of):
        in_cycle = list(group)
        kept = kept_in(in_cycle[0].cycle, in_cycle, points=points)
        remaining |= zip((share.pk for share in in_cycle), kept, strict=True)
    return remaining


def _cycle_of(share: Allocation) -> int:
    return share.cycle_id


def is_signed(share: Allocation) -> bool:
    """Whether the share is in a declared or closed cycle, where it stays as it was signed."""
    return share.cycle.shares_frozen_at is not None


@dataclass(frozen=True)
class Remaining:
    """Shares that may change, the points that remain of each (none if it is missing), and how many are released."""

    shares: tuple[Allocation, ...]
    points: Mapping[int, Decimal]
    released: Decimal


def _remaining(shares: Iterable[Allocation], points: Mapping[int, Decimal]) -> Remaining:
    shares = tuple(shares)
    lost = (share.points - points.get(share.pk, Decimal(0)) for share in shares)
    return Remaining(shares, points, sum(lost, Decimal(0)))


def merged_shares(own: Sequence[Allocation], theirs: Sequence[Allocation], *, points: Decimal) -> Remaining:
    """What remains of the shares of a recorded credit and a delivered one that become one with so many points.

    Shares of the recorded credit have priority; signed ones stay. Shares of the delivered one in a different cycle of a
    credential in which the recorded one is already allocated are released.
    """
    free = [share for share in own if not is_signed(share)]
    cycles = {share.cycle.credential_id: share.cycle_id for share in own}
    beside = [share for share in theirs if cycles.get(share.cycle.credential_id, share.cycle_id) == share.cycle_id]
    return _remaining([*free, *theirs], what_remains([*free, *beside], points=points))


def corrected_shares(shares: Iterable[Allocation], *, points: Decimal) -> Remaining:
    """What remains of a credit's shares once it has so many points; signed ones stay."""
    free = [share for share in shares if not is_signed(share)]
    return _remaining(free, what_remains(free, points=points))


def why_not_matched(match: Match, *, is_own: bool) -> str:
    """Why a pair can't become one credit now, said to its holder (`is_own`) or to the Board; empty if it can."""
    if match.delivered is None or not Match.objects.of_two_credits().filter(pk=match.pk).exists():
        return _(
            "There is nothing to decide. One of the two credits has been withdrawn or matched with another credit."
        )
    if any(map(is_signed, shares_of(match.delivered_id))):
        return str(DECLARED if is_own else DECLARED_TO_THE_BOARD)
    return ""


def why_not_undone(match: Match) -> str:
    """Why a match can't be undone now; empty if it can."""
    if any(map(is_signed, shares_of(match.recorded_id))):
        return _("This credit is part of a declaration and stays as it was declared.")
    return ""


@dataclass(frozen=True)
class ShareEffect:
    """One share now and after the decision."""

    place: str
    now: str
    after: str


@dataclass(frozen=True)
class Effect:
    """What a decision would do; with `why_not`, it is not possible."""

    text: str
    shares: tuple[ShareEffect, ...] = ()
    sum_text: str = ""
    why_not: str = ""


def effect_of_matching(match: Match) -> Effect:
    """Of deciding, for the Board, that two credits are the same."""
    if (why_not := why_not_matched(match, is_own=False)) or match.delivered is None:
        return Effect("", why_not=why_not)
    own, theirs = shares_of(match.recorded_id), shares_of(match.delivered_id)
    points = {"before": points_words(match.recorded.points), "after": points_words(match.delivered.points)}
    text = _("The recorded credit remains, with the provider's details and documents of both. Its points: %(after)s.")
    if points["before"] != points["after"]:
        text = _(
            "The recorded credit remains, with the provider's details and documents of both. Its points: %(after)s"
            " instead of %(before)s."
        )
    return _effect(text % points, [*own, *theirs], merged_shares(own, theirs, points=match.delivered.points))


def effect_of_undoing(match: Match) -> Effect:
    if why_not := why_not_undone(match):
        return Effect("", why_not=why_not)
    said = Decimal((match.said or {})["points"])
    words = {"recorded": points_words(said), "delivered": points_words(match.recorded.points)}
    text = _(
        "There are two credits again: the recorded one (%(recorded)s), which keeps the allocation, and the provider's"
        " (%(delivered)s), which is not allocated."
    )
    shares = shares_of(match.recorded_id)
    return _effect(text % words, shares, corrected_shares(shares, points=said))


def effect_of_keeping() -> Effect:
    """Of deciding that two credits are different."""
    return Effect(_("Both credits stay as they are, with their allocations."))


def effect_of_withdrawing(credit: Credit) -> Effect:
    shares = shares_of(credit.pk)
    return _effect(_("The credit no longer counts."), shares, corrected_shares(shares, points=Decimal(0)))


def effect_of_correcting(credit: Credit, *, points: Decimal) -> Effect:
    shares = shares_of(credit.pk)
    words = {"before": points_words(credit.points), "after": points_words(points)}
    text = _("The credit has %(after)s instead of %(before)s.") if points != credit.points else _("Its points remain.")
    if credit.withdrawn_at:
        text = _("The credit is no longer withdrawn, and has %(after)s.")
    return _effect(text % words, shares, corrected_shares(shares, points=points))


def _effect(text: str, shares: Sequence[Allocation], remaining: Remaining) -> Effect:
    return Effect(
        text=text,
        shares=tuple(_share_effect(share, remaining) for share in shares),
        sum_text=_sum_text(shares, remaining),
    )


def _share_effect(share: Allocation, remaining: Remaining) -> ShareEffect:
    words = {
        "credential": share.cycle.credential.credential_type.code,
        "day": longdate(share.cycle.ends_on),
        "area": share.area.title,
    }
    after = share.points if is_signed(share) else remaining.points.get(share.pk, Decimal(0))
    signed = _("%(points)s, as it was signed") % {"points": points_text(after)}
    return ShareEffect(
        place=_("%(credential)s, cycle until %(day)s: %(area)s") % words,
        now=points_text(share.points),
        after=signed if is_signed(share) else points_text(after),
    )


def _sum_text(shares: Iterable[Allocation], remaining: Remaining) -> str:
    if not shares:
        return _("Nothing is allocated.")
    if remaining.released:
        return _("Released from the allocation: %(points)s.") % {"points": points_words(remaining.released)}
    return _("Nothing is released from the allocation.")
