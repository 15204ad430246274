"""The best use of a holder's credits, as a difference to what they have allocated themselves."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.words import points_text
from credentials.models import Cycle
from education import rules
from education.models import Credit
from education.queries.ledger import provider_of
from education.queries.standing import Facts, facts_of
from education.queries.words import gap_words


@dataclass(frozen=True)
class Proposal:
    """A suggestion with the facts it was made from; `digest` names exactly what it would add."""

    facts: Facts
    credits: dict[int, Credit]
    suggestion: rules.Suggestion

    @property
    def digest(self) -> str:
        lines = sorted(f"{share.credit} {share.area} {share.points}" for share in self.suggestion.added)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def proposal_for(cycle: Cycle, *, on: date) -> Proposal:
    """The best allocation beside the shares the holder has chosen, which stay."""
    facts = facts_of(cycle, on=on)
    free = {credit.pk: credit for credit in _free_credits(cycle, facts)}
    facts = facts.also(free.values())
    suggestion = rules.suggest(facts.requirements, facts.credits, facts.shares, facts.window, on=on)
    return Proposal(facts=facts, credits=free, suggestion=suggestion)


def _free_credits(cycle: Cycle, facts: Facts) -> list[Credit]:
    """Credits of the window that are not used in another cycle of the same credential."""
    days = (facts.window.starts_on, facts.window.ends_on)
    own = Credit.objects.standing().filter(holder_id=cycle.holder_id, completed_on__range=days, kind__counts=True)
    elsewhere = own.filter(allocations__cycle__credential=cycle.credential_id).exclude(allocations__cycle=cycle)
    return list(own.exclude(pk__in=elsewhere.values("pk")).select_related("kind", "provider").order_by("id"))


@dataclass(frozen=True)
class SuggestedShare:
    title: str
    provider: str
    completed: str
    area_title: str
    points: Decimal


@dataclass(frozen=True)
class SuggestionPage:
    """What would be allocated, where that leads, and what stays in reserve."""

    title: str
    headline: str
    is_complete: bool
    added: tuple[SuggestedShare, ...]
    added_text: str
    kept_text: str
    spare_text: str
    proof: str
    apply_url: str
    digest: str
    progress_url: str


def suggestion_page(cycle: Cycle, *, on: date) -> SuggestionPage:
    """The suggestion for a cycle, to look at before it is applied."""
    proposal = proposal_for(cycle, on=on)
    suggestion = proposal.suggestion
    compiled = rules.compile_requirements(proposal.facts.requirements)
    return SuggestionPage(
        title=_("Suggestion for %(credential)s") % {"credential": cycle.credential.credential_type.code},
        headline=gap_words(suggestion.standing) if not suggestion.is_complete else _("This meets every requirement."),
        is_complete=suggestion.is_complete,
        added=tuple(_line(share, proposal) for share in suggestion.added),
        added_text=_added_text(suggestion),
        kept_text=_kept_text(proposal.facts),
        spare_text=_spare_text(suggestion),
        proof=rules.proof_words(suggestion, compiled, longdate, points_text),
        apply_url=reverse("education:suggest_apply", args=[cycle.pk]),
        digest=proposal.digest,
        progress_url=f"{reverse('education:progress')}?credential={cycle.credential_id}",
    )


def _line(share: rules.Share, proposal: Proposal) -> SuggestedShare:
    credit = proposal.credits[int(share.credit)]
    titles = {area.code: area.title for area in proposal.facts.requirements.areas}
    return SuggestedShare(
        title=credit.title,
        provider=provider_of(credit),
        completed=longdate(credit.completed_on),
        area_title=titles[share.area],
        points=share.points,
    )


def _added_text(suggestion: rules.Suggestion) -> str:
    points = sum((share.points for share in suggestion.added), Decimal(0))
    if not suggestion.added:
        return _("Nothing more can be gained from the credits you have.")
    return _("It allocates %(points)s more points.") % {"points": points_text(points)}


def _kept_text(facts: Facts) -> str:
    return _("What you have allocated yourself stays as it is.") if facts.shares else ""


def _spare_text(suggestion: rules.Suggestion) -> str:
    count = len(suggestion.spare)
    if not count:
        return ""
    words = ngettext(
        "%(count)s credit is not needed and stays in reserve: an audit asks for documents of everything declared.",
        "%(count)s credits are not needed and stay in reserve: an audit asks for documents of everything declared.",
        count,
    )
    return words % {"count": count}
