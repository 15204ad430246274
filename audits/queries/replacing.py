"""Replace refused credits: what the engine suggests, and what else would count."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from audits.models import Audit
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from declarations.enums import Ruled
from declarations.models import Attestation
from declarations.queries import facts_as_declared, judged, newest_rulings
from education import rules
from education.models import Credit
from education.queries import Facts, gap_words, provider_of
from education.queries.suggestion import free_credits


@dataclass(frozen=True)
class Refused:
    title: str
    reason: str


@dataclass(frozen=True)
class Candidate:
    """A credit that could replace another; `value` identifies it in the form."""

    value: str
    title: str
    text: str
    is_offered: bool


@dataclass(frozen=True)
class ReplacePage:
    """The refused credits, and candidates to replace them."""

    title: str
    back_url: str
    window_text: str
    refused: tuple[Refused, ...]
    candidates: tuple[Candidate, ...]
    gap_text: str
    headline: str
    wording: str


def replace_page(audit: Audit, attestation: Attestation | None) -> ReplacePage:
    """The page; candidates that the engine would use come first and are preselected."""
    declaration = audit.declaration
    rulings = newest_rulings(declaration)
    refused = {pk for pk, ruling in rulings.items() if ruling.outcome == Ruled.REFUSED}
    facts = _without(judged(facts_as_declared(declaration), rulings), refused)
    free = {one.pk: one for one in free_credits(declaration.cycle, facts) if one.pk not in refused}
    facts = facts.also(free.values())
    found = rules.suggest(facts.requirements, facts.credits, facts.shares, facts.window)
    window = facts.window
    days = {"start": longdate(window.starts_on), "end": longdate(window.ends_on)}
    return ReplacePage(
        title=_("Replace what was not accepted"),
        back_url=audit.get_absolute_url(),
        window_text=_("Only activities completed between %(start)s and %(end)s can take their place.") % days,
        refused=tuple(Refused(rulings[pk].credit.title, rulings[pk].reason) for pk in sorted(refused)),
        candidates=tuple(_candidates(facts, free, found)),
        gap_text=gap_words(facts.evaluate()),
        headline=_headline(found),
        wording=attestation.text if attestation else "",
    )


def _headline(found: rules.Suggestion) -> str:
    if found.is_complete and not found.added:
        return _("Every requirement is still met without them. Nothing else is needed.")
    if found.is_complete:
        return _("These credits would make your declaration complete again.")
    return _("Your other credits don't complete your declaration: %(gap)s") % {"gap": gap_words(found.standing)}


def _without(facts: Facts, refused: set[int]) -> Facts:
    return replace(
        facts,
        credits=tuple(one for one in facts.credits if int(one.id) not in refused),
        shares=tuple(one for one in facts.shares if int(one.credit) not in refused),
    )


def _candidates(facts: Facts, free: dict[int, Credit], found: rules.Suggestion) -> Iterable[Candidate]:
    titles = {area.code: area.title for area in facts.requirements.areas}
    for share in found.added:
        if int(share.credit) in free:
            yield _candidate(free[int(share.credit)], share.area, share.points, titles, is_offered=True)
    offered = {int(share.credit) for share in found.added}
    used = {int(share.credit) for share in facts.shares}
    tally = facts.count()
    for pk, credit in free.items():
        if pk in offered | used:
            continue
        fits = [fit for fit in tally.fits(pk) if fit.points]
        if fits:
            best = max(fits, key=lambda fit: fit.points)
            yield _candidate(credit, best.area, best.points, titles, is_offered=False)


def _candidate(credit: Credit, area: str, points: Decimal, titles: dict[str, str], *, is_offered: bool) -> Candidate:
    words = {
        "provider": provider_of(credit),
        "day": longdate(credit.completed_on),
        "points": points_text(points),
        "area": titles[area],
    }
    return Candidate(
        value=f"{credit.uuid}:{area}:{points}",
        title=credit.title,
        text=_("%(points)s in %(area)s · %(provider)s, %(day)s") % words,
        is_offered=is_offered,
    )
