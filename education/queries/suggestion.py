"""The best use of a holder's credits, as a difference to their own allocation."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text, points_words
from credentials.models import Cycle
from education import rules
from education.models import Credit
from education.queries.cards import progress_url
from education.queries.credits import provider_of
from education.queries.following import NextSuggestion, next_suggestion, with_suggestions
from education.queries.standing import Facts, facts_of
from education.queries.words import gap_words, writing

SPARES_SHOWN = 10


@dataclass(frozen=True)
class Proposal:
    """A suggestion with the facts it was made from; `digest` identifies exactly what it would add."""

    facts: Facts
    credits: dict[int, Credit]
    suggestion: rules.Suggestion

    @property
    def digest(self) -> str:
        lines = sorted(f"{share.credit} {share.area} {share.points}" for share in self.suggestion.added)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def proposal_for(cycle: Cycle, *, on: date, spares: bool = False) -> Proposal:
    """The best allocation on top of the holder's own shares, which stay; `spares` adds whatever else counts."""
    facts = facts_of(cycle, on=on)
    free = {credit.pk: credit for credit in free_credits(cycle, facts)}
    return _proposal(facts.also(free.values()), free, on=on, spares=spares)


def _proposal(facts: Facts, free: dict[int, Credit], *, on: date, spares: bool) -> Proposal:
    found = rules.suggest(facts.requirements, facts.credits, facts.shares, facts.window, spares=spares, on=on)
    return Proposal(facts=facts, credits=free, suggestion=found)


def free_credits(cycle: Cycle, facts: Facts) -> list[Credit]:
    """Credits in the window that are not used in another cycle of the same credential."""
    days = (facts.window.starts_on, facts.window.ends_on)
    own = Credit.objects.standing().filter(holder_id=cycle.holder_id, completed_on__range=days, kind__counts=True)
    elsewhere = own.filter(allocations__cycle__credential=cycle.credential_id).exclude(allocations__cycle=cycle)
    return list(own.exclude(pk__in=elsewhere.values("pk")).select_related("kind", "provider").order_by("id"))


@dataclass(frozen=True)
class SuggestedShare:
    """A suggested share and what it is for."""

    title: str
    provider: str
    completed: str
    area_title: str
    points: Decimal
    why: str


@dataclass(frozen=True)
class Spares:
    """What would count but is not needed; `digest` identifies the suggestion that allocates it too."""

    text: str
    shares: tuple[SuggestedShare, ...]
    more_text: str
    label: str
    digest: str


@dataclass(frozen=True)
class SuggestionPage:
    """What would be allocated, the result, and what stays in reserve."""

    title: str
    headline: str
    is_complete: bool
    added: tuple[SuggestedShare, ...]
    added_text: str
    kept_text: str
    proof: str
    apply_url: str
    digest: str
    progress_url: str
    spares: Spares | None
    following: NextSuggestion | None


def suggestion_page(cycle: Cycle, *, on: date) -> SuggestionPage:
    """The suggestion for a cycle, to be reviewed before it is applied."""
    proposal = proposal_for(cycle, on=on)
    suggestion, before = proposal.suggestion, proposal.facts.count()
    own = with_suggestions(cycle.holder_id)
    return SuggestionPage(
        title=_("Suggestion for %(credential)s") % {"credential": cycle.credential.credential_type.code},
        headline=gap_words(suggestion.standing) if not suggestion.is_complete else _("This meets every requirement."),
        is_complete=suggestion.is_complete,
        added=tuple(_lines(suggestion.added, proposal, before)),
        added_text=_added_text(suggestion),
        kept_text=_kept_text(proposal.facts),
        proof=rules.proof_words(suggestion, before.compiled, writing()),
        apply_url=reverse("education:suggest_apply", args=[cycle.pk]),
        digest=proposal.digest,
        progress_url=progress_url(cycle),
        spares=_spares(proposal, on=on),
        following=next_suggestion(list(own), cycle.credential_id),
    )


def _lines(shares: Sequence[rules.Share], proposal: Proposal, before: rules.Tally) -> Iterator[SuggestedShare]:
    for share, purpose in zip(shares, rules.purposes(before, shares), strict=True):
        credit = proposal.credits[int(share.credit)]
        yield SuggestedShare(
            title=credit.title,
            provider=provider_of(credit),
            completed=longdate(credit.completed_on),
            area_title=before.compiled.areas[share.area].title,
            points=share.points,
            why=_why(purpose, before.compiled),
        )


def _why(purpose: rules.Purpose, compiled: rules.Compiled) -> str:
    words = {"points": points_text(purpose.missing)}
    if purpose.area is not None:
        return _("Fills this area: %(points)s still needed.") % words
    if purpose.rule is not None:
        rule = compiled.rules[purpose.rule].title
        return _("Counts for “%(rule)s”: %(points)s still needed.") % {**words, "rule": rule}
    return _("Counts toward the total: %(points)s still needed.") % words if purpose.missing else ""


def _added_text(suggestion: rules.Suggestion) -> str:
    points = sum((share.points for share in suggestion.added), Decimal(0))
    if not suggestion.added:
        return _("Nothing more can be gained from the credits you have.")
    return _("It allocates %(points)s more.") % {"points": points_words(points)}


def _kept_text(facts: Facts) -> str:
    return _("Your own allocations stay as they are.") if facts.shares else ""


def _spares(proposal: Proposal, *, on: date) -> Spares | None:
    """The spare credits; None if none of them would count anywhere."""
    count = sum(bool(spare.fits) for spare in proposal.suggestion.spare)
    if not count:
        return None
    whole = _proposal(proposal.facts, proposal.credits, on=on, spares=True)
    shares = _beyond(whole.suggestion.added, proposal.suggestion.added)
    after = replace(proposal.facts, shares=proposal.suggestion.shares).count()
    return Spares(
        text=_spare_text(count),
        shares=tuple(_lines(shares[:SPARES_SHOWN], proposal, after)),
        more_text=_more_text(len(shares) - SPARES_SHOWN),
        label=_("Apply it and allocate these too") if proposal.suggestion.added else _("Allocate these too"),
        digest=whole.digest,
    )


def _beyond(whole: Iterable[rules.Share], part: Iterable[rules.Share]) -> list[rules.Share]:
    """What the whole allocates in addition to a part of it."""
    known = {(share.credit, share.area): share.points for share in part}
    left = (replace(share, points=share.points - known.get((share.credit, share.area), Decimal(0))) for share in whole)
    return [share for share in left if share.points]


def _spare_text(count: int) -> str:
    words = ngettext(
        "%(count)s credit is not needed. It would help if another one were refused, but an audit asks for"
        " documents for everything declared.",
        "%(count)s credits are not needed. They would help if others were refused, but an audit asks for"
        " documents for everything declared.",
        count,
    )
    return words % {"count": count}


def _more_text(count: int) -> str:
    return ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count} if count > 0 else ""
