"""The page Check Progress: where a cycle stands, and why each credit counts or does not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.keyset import Cursor
from cmp_portal.lib.words import points_text, points_words
from credentials import rules as credential_rules
from credentials.models import Credential, Cycle
from credentials.queries import credentials_visible_to, cycles_of
from education import rules
from education.models import Credit
from education.queries.cards import Card, Timeline, card_of, share, timeline_of
from education.queries.credits import CreditPage, credits_visible_to, page_of_credits
from education.queries.standing import Facts, facts_of
from education.queries.words import credit_words, gap_words

# Each row brings a form with its areas: so many keep the page below 25 KB, 4 KB compressed.
PAGE = 12
NOBODY = "00000000-0000-0000-0000-000000000000"
COLUMNS = (
    "uuid", "title", "kind__code", "subjects", "provider__code", "provider__title", "provider_name", "completed_on",
    "points", "withdrawn_at",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    value: int
    label: str
    selected: bool


@dataclass(frozen=True)
class AreaBar:
    title: str
    counted: Decimal
    minimum: Decimal
    missing: Decimal
    percent: int
    text: str
    fits_text: str
    sum_text: str
    is_done: bool


@dataclass(frozen=True)
class RuleLine:
    title: str
    text: str
    holds: bool


@dataclass(frozen=True)
class ShareLine:
    area_title: str
    points_text: str
    release_url: str


@dataclass(frozen=True)
class Option:
    area_code: str
    label: str


@dataclass(frozen=True)
class Addresses:
    """Of any credit's row, asked once, with NOBODY for the credit; empty where the cycle may not change."""

    detail: str
    allocate: str
    release: str


@dataclass(frozen=True)
class AllocateForm:
    """What a row adds to the one form of the page: its fields carry the credit's `key`, its button the address."""

    url: str
    key: int
    options: tuple[Option, ...]
    points_text: str


@dataclass(frozen=True)
class Row:
    """One credit and everything said about it in this cycle."""

    anchor: str
    title: str
    origin: str
    points_text: str
    sentence: str
    status: str
    detail_url: str
    shares: tuple[ShareLine, ...]
    allocate: AllocateForm | None


@dataclass(frozen=True)
class Pager:
    previous_url: str
    next_url: str
    text: str = ""


@dataclass(frozen=True)
class DeclareLine:
    can: bool
    url: str
    sentence: str


@dataclass(frozen=True)
class ProgressPage:
    """A cycle and its card; a credential without one is `for_life`."""

    choices: tuple[Choice, ...]
    for_life: tuple[Card, ...] = ()
    card: Card | None = None
    timeline: Timeline | None = None
    headline: str = ""
    is_complete: bool = False
    areas: tuple[AreaBar, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    source_text: str = ""
    verified: bool = True
    rows: tuple[Row, ...] = ()
    pager: Pager | None = None
    declare: DeclareLine | None = None
    suggest_url: str = ""


def progress_page(user: User, *, credential: int | None, cursor: Cursor | None, on: date) -> ProgressPage | None:
    """The page for one of the user's own credentials, the first by default; None for a credential not theirs."""
    own = credentials_visible_to(user).filter(holder_id=user.holder_key).select_related("credential_type")
    credentials = list(own)
    chosen = next((one for one in credentials if credential in (None, one.pk)), None)
    if chosen is None:
        return ProgressPage(choices=()) if credential is None else None
    choices = tuple(_choice(one, chosen) for one in credentials)
    cycle = next((one for one in cycles_of([chosen]) if one.closed_at is None), None)
    if cycle is None:
        return ProgressPage(choices=choices, for_life=(card_of(chosen, None, None, on=on),))
    return _page_of_cycle(user, cycle, choices, cursor=cursor, on=on)


def _choice(credential: Credential, chosen: Credential) -> Choice:
    label = f"{credential.credential_type.code}, {credential.certificate_number}"
    return Choice(value=credential.pk, label=label, selected=credential == chosen)


def _page_of_cycle(
    user: User, cycle: Cycle, choices: tuple[Choice, ...], *, cursor: Cursor | None, on: date
) -> ProgressPage:
    facts = facts_of(cycle, on=on)
    own = credits_visible_to(user).filter(holder_id=cycle.holder_id).standing().only(*COLUMNS)
    credits = page_of_credits(own, window=facts.window, cursor=cursor, size=PAGE)
    facts = facts.also(credits.credits)
    tally = facts.count()
    standing = rules.standing_of(tally)
    return ProgressPage(
        choices=choices,
        card=card_of(cycle.credential, cycle, standing, on=on),
        timeline=timeline_of(cycle, on=on),
        headline=headline(standing),
        is_complete=standing.is_complete,
        areas=tuple(_area_bars(facts, standing)),
        rules=tuple(_rule_line(rule) for rule in standing.rules),
        source_text=_source(facts.requirements),
        verified=facts.requirements.verified,
        rows=tuple(_rows(cycle, facts, tally, standing, credits.credits)),
        pager=_pager(cycle, credits),
        declare=_declare(cycle, standing, on=on),
        suggest_url=_suggest_url(cycle, standing),
    )


def headline(standing: rules.Standing) -> str:
    """The gap in a sentence, or that there is none."""
    if standing.is_complete:
        return _("All requirements are allocated.")
    return gap_words(standing)


def _area_bars(facts: Facts, standing: rules.Standing) -> Iterable[AreaBar]:
    for area, line in zip(facts.requirements.areas, standing.areas, strict=True):
        yield AreaBar(
            title=line.title,
            counted=line.counted,
            minimum=line.needed,
            missing=line.missing,
            percent=share(line.counted, line.needed or standing.total.needed, of=100),
            text=_area_text(line),
            fits_text=_fitting(facts, area),
            sum_text=_sum_text(line),
            is_done=bool(line.needed) and not line.missing,
        )


def _sum_text(line: rules.AreaStanding) -> str:
    words = {"counted": points_text(line.counted), "needed": points_text(line.needed)}
    return _("%(counted)s of %(needed)s") % words if line.needed else words["counted"]


def _area_text(line: rules.AreaStanding) -> str:
    if line.missing:
        return _("%(points)s still needed.") % {"points": points_text(line.missing)}
    return _("Done.") if line.needed else _("Any points here count towards the total.")


def _fitting(facts: Facts, area: credential_rules.Area) -> str:
    """How many points of the credits at hand could go here and are allocated nowhere yet."""
    allocated = {share.credit for share in facts.shares}
    free = [
        credit.points
        for credit in facts.credits
        if credit.id not in allocated and area.accepts_subjects(credit.subjects) and not credit.refused
    ]
    if not free:
        return ""
    return _("%(points)s not yet allocated would fit.") % {"points": points_text(sum(free, Decimal(0)))}


def _rule_line(rule: rules.RuleStanding) -> RuleLine:
    limits = []
    counted = sum((period.counted for period in rule.periods), Decimal(0))
    if rule.minimum is not None:
        limits.append(_("at least %(points)s") % {"points": points_text(rule.minimum)})
    if rule.maximum is not None:
        limits.append(_("at most %(points)s") % {"points": points_text(rule.maximum)})
    text = _("%(limits)s %(per)s; %(counted)s count so far.") % {
        "limits": _(" and ").join(limits),
        "per": rule.per.label,
        "counted": points_text(counted),
    }
    return RuleLine(title=rule.title, text=text, holds=all(period.holds for period in rule.periods))


def _source(requirements: credential_rules.Requirements) -> str:
    words = {"version": requirements.version, "source": requirements.source, "title": requirements.credential}
    return _("Requirements of %(title)s, version %(version)s. Source: %(source)s.") % words


def _rows(
    cycle: Cycle, facts: Facts, tally: rules.Tally, standing: rules.Standing, credits: list[Credit]
) -> Iterable[Row]:
    titles = {area.code: area.title for area in facts.requirements.areas}
    lines = {line.id: line for line in standing.credits}
    shares: dict[rules.CreditId, list[rules.Share]] = defaultdict(list)
    for one in facts.shares:
        shares[one.credit].append(one)
    addresses = _addresses(cycle)
    for credit in credits:
        line = lines[credit.pk]
        yield Row(
            anchor=f"credit-{credit.pk}",
            title=credit.title,
            origin=_origin(credit),
            points_text=_points_text(line),
            sentence=credit_words(line, tally.compiled),
            status=row_status(line),
            detail_url=addresses.detail.replace(NOBODY, str(credit.uuid)),
            shares=tuple(_share_line(addresses, credit, one, titles) for one in shares[credit.pk]),
            allocate=_allocate_form(addresses, credit, tally, titles),
        )


def _addresses(cycle: Cycle) -> Addresses:
    allocate = reverse("education:allocate", args=[cycle.pk, NOBODY])
    release = reverse("education:release", args=[cycle.pk, NOBODY, "area"])
    is_open = cycle.shares_frozen_at is None
    return Addresses(
        detail=reverse("education:credit", args=[NOBODY]),
        allocate=allocate if is_open else "",
        release=release if is_open else "",
    )


def _origin(credit: Credit) -> str:
    provider = credit.provider.title if credit.provider else credit.provider_name
    return f"{provider} · {longdate(credit.completed_on)}"


def _points_text(line: rules.CreditStanding) -> str:
    words = {"counted": points_text(line.counted), "points": points_words(line.points)}
    return _("%(counted)s of %(points)s") % words if line.counted else words["points"]


def row_status(line: rules.CreditStanding) -> str:
    """The mark of a row: counted, partly counted, outside the window, refused, or open."""
    if line.counted:
        return "counted" if line.counted == line.points else "partly"
    return {rules.Reason.OUTSIDE_WINDOW: "outside", rules.Reason.REFUSED: "refused"}.get(line.main.reason, "open")


def _share_line(addresses: Addresses, credit: Credit, share_: rules.Share, titles: dict[str, str]) -> ShareLine:
    url = addresses.release.replace(f"{NOBODY}/area", f"{credit.uuid}/{share_.area}")
    return ShareLine(titles[share_.area], points_text(share_.points), url)


def _allocate_form(
    addresses: Addresses, credit: Credit, tally: rules.Tally, titles: dict[str, str]
) -> AllocateForm | None:
    fits = [fit for fit in tally.fits(credit.pk) if fit.points] if addresses.allocate else []
    if not fits:
        return None
    return AllocateForm(
        url=addresses.allocate.replace(NOBODY, str(credit.uuid)),
        key=credit.pk,
        options=tuple(_option(fit, titles[fit.area]) for fit in fits),
        points_text=points_text(fits[0].points),
    )


def _option(fit: rules.Fit, title: str) -> Option:
    """An area to choose; its room is told where the credit does not fit in whole."""
    if fit.reason is None:
        return Option(fit.area, title)
    words = {"area": title, "points": points_text(fit.points)}
    return Option(fit.area, _("%(area)s (room for %(points)s)") % words)


def _suggest_url(cycle: Cycle, standing: rules.Standing) -> str:
    """Offered while something is missing and may still be allocated."""
    wanted = not standing.is_complete and cycle.shares_frozen_at is None
    return reverse("education:suggestion", args=[cycle.pk]) if wanted else ""


def _pager(cycle: Cycle, page: CreditPage) -> Pager:
    base = f"{reverse('education:progress')}?credential={cycle.credential_id}&at="
    return Pager(
        previous_url=f"{base}{page.newer}#credits" if page.newer else "",
        next_url=f"{base}{page.older}#credits" if page.older else "",
    )


def _declare(cycle: Cycle, standing: rules.Standing, *, on: date) -> DeclareLine:
    opens_on = credential_rules.declaration_opens_on(
        cycle.ends_on, cycle.credential.credential_type.declaration_opens_days
    )
    url = f"{reverse('declarations:start')}?credential={cycle.credential_id}"
    if cycle.shares_frozen_at is not None:
        return DeclareLine(can=True, url=url, sentence=_("This cycle is declared."))
    if on < opens_on:
        sentence = _("The declaration can be submitted from %(day)s.") % {"day": longdate(opens_on)}
        return DeclareLine(can=False, url="", sentence=sentence)
    if not standing.is_complete:
        return DeclareLine(can=False, url="", sentence=_("Allocate what is missing, then submit the declaration."))
    return DeclareLine(can=True, url=url, sentence=_("Everything is allocated: submit your declaration."))
