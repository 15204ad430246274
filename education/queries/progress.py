"""The page Check Progress: where a cycle stands, and why each credit counts or does not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.keyset import Cursor, Pager
from cmp_portal.lib.prepared_statements import prepared
from credentials import rules as credential_rules
from credentials.enums import Validity
from credentials.models import Credential, Cycle
from credentials.queries import LEAN
from education import rules
from education.models import Credit, CreditQuerySet
from education.queries.cards import Card, Marks, Timeline, card_of, timeline_of
from education.queries.credits import CreditPage, a_page, page_of_credits
from education.queries.fitting import AreaBar, Free, area_bars, free_of
from education.queries.following import NextSuggestion, next_suggestion, with_suggestions
from education.queries.rows import COLUMNS, PAGE, Row, rows_of, with_typed
from education.queries.standing import Facts, facts_of
from education.queries.undo import UndoLine, undo_line
from education.queries.words import gap_words


@dataclass(frozen=True)
class Choice:
    value: int
    label: str
    selected: bool


@dataclass(frozen=True)
class RuleLine:
    title: str
    text: str
    holds: bool


@dataclass(frozen=True)
class DeclareLine:
    """What can be done about the declaration; nothing if `url` is empty."""

    sentence: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class ProgressPage:
    """A cycle and its card; a credential without a cycle is in `for_life`."""

    choices: tuple[Choice, ...]
    for_life: tuple[Card, ...] = ()
    card: Card | None = None
    timeline: Timeline | None = None
    headline: str = ""
    window_text: str = ""
    is_complete: bool = False
    areas: tuple[AreaBar, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    source_text: str = ""
    verified: bool = True
    rows: tuple[Row, ...] = ()
    pager: Pager | None = None
    at: str = ""
    declare: DeclareLine | None = None
    suggest_url: str = ""
    change_url: str = ""
    clearing_url: str = ""
    plan_url: str = ""
    undo: UndoLine | None = None
    following: NextSuggestion | None = None


def progress_page(
    user: User, *, credential: int | None, cursor: Cursor | None, on: date, typed: Mapping[str, str] | None = None
) -> ProgressPage | None:
    """The page for one of the user's own credentials, by default the first; None if the credential is not theirs.

    `typed` holds what was typed and not saved, to be shown again where it was typed.
    """
    credentials = with_suggestions(user.holder_key)
    chosen = next((one for one in credentials if credential in (None, one.pk)), None)
    if chosen is None:
        return ProgressPage(choices=()) if credential is None else None
    choices = tuple(_choice(one, chosen) for one in credentials)
    cycle = next(iter(_open_cycle_of(chosen.pk)), None)
    if cycle is None:
        return ProgressPage(choices=choices, for_life=(card_of(chosen, None, None, on=on),))
    cycle.credential = chosen
    page = _page_of_cycle(cycle, choices, cursor=cursor, on=on)
    rows = tuple(with_typed(row, typed) for row in page.rows) if typed else page.rows
    return replace(page, rows=rows, following=next_suggestion(credentials, chosen.pk))


@prepared
def _open_cycle_of(credential: int) -> QuerySet[Cycle]:
    """The open cycle of a credential, with the last change of its allocation, if any."""
    found = Cycle.objects.filter(credential=credential, closed_at=None).select_related("requirement_set", "undo")
    return found.only(*LEAN, "undo__kind", "undo__what", "undo__result").order_by("-ends_on", "id")[:1]


def _choice(credential: Credential, chosen: Credential) -> Choice:
    label = f"{credential.credential_type.code}, {credential.certificate_number}"
    return Choice(value=credential.pk, label=label, selected=credential == chosen)


def _page_of_cycle(cycle: Cycle, choices: tuple[Choice, ...], *, cursor: Cursor | None, on: date) -> ProgressPage:
    facts = facts_of(cycle, on=on)
    credits = _credits_of(cycle, facts.window, cursor)
    facts = facts.also(credits.credits)
    tally = facts.count()
    standing = rules.standing_of(tally)
    free = free_of(cycle, facts)
    marks = _marks(cycle, standing, on=on)
    return ProgressPage(
        choices=choices,
        card=card_of(cycle.credential, cycle, standing, on=on, marks=marks),
        timeline=timeline_of(cycle, on=on),
        headline=headline(standing),
        window_text=_window_text(cycle, facts.window),
        is_complete=standing.is_complete,
        areas=tuple(area_bars(facts, standing, free)),
        rules=tuple(_rule_line(rule) for rule in standing.rules),
        source_text=_source(facts.requirements),
        verified=facts.requirements.verified,
        rows=tuple(rows_of(cycle, facts, tally, standing, credits.credits)),
        pager=_pager(cycle, credits),
        at=str(cursor or ""),
        declare=_declare(cycle, standing, marks.validity, free, on=on),
        suggest_url=_suggest_url(cycle),
        change_url=reverse("education:change", args=[cycle.pk]),
        clearing_url=reverse("education:clearing", args=[cycle.pk]) if _may_clear(cycle, facts) else "",
        plan_url="" if standing.is_complete else reverse("education:plan", args=[cycle.pk]),
        undo=undo_line(cycle, facts.shares, at=str(cursor or "")),
    )


def _credits_of(cycle: Cycle, window: credential_rules.Window, cursor: Cursor | None) -> CreditPage:
    """One page of credits; the first page, which everybody sees first, has a query of its own."""
    if cursor is None:
        return a_page(_newest_credits(cycle.holder_id, window.starts_on, window.ends_on), cursor=None, size=PAGE)
    return page_of_credits(_credits(cycle.holder_id), window=window, cursor=cursor, size=PAGE)


@prepared
def _newest_credits(holder: int, first: date, last: date) -> QuerySet[Credit]:
    """The first page, and one more credit to tell whether there is another page."""
    return _credits(holder).filter(completed_on__gte=first, completed_on__lte=last)[: PAGE + 1]


def _credits(holder: int) -> CreditQuerySet:
    own = Credit.objects.filter(holder=holder, withdrawn_at=None).select_related("kind", "provider")
    return own.only(*COLUMNS).order_by("-completed_on", "-id")


def _marks(cycle: Cycle, standing: rules.Standing, *, on: date) -> Marks:
    """The cycle's labels, from a function named in the settings, since `declarations` depends on `education`."""
    marks: dict[int, Marks] = import_string(settings.MARKS_OF_CYCLES)({cycle.pk: (cycle, standing.is_complete)}, on=on)
    return marks[cycle.pk]


def _window_text(cycle: Cycle, window: credential_rules.Window) -> str:
    """The days that count, if they are not those of the cycle."""
    if (window.starts_on, window.ends_on) == (cycle.starts_on, cycle.ends_on):
        return ""
    return _("%(start)s to %(end)s") % {"start": longdate(window.starts_on), "end": longdate(window.ends_on)}


def headline(standing: rules.Standing) -> str:
    """What is missing in a sentence, or that nothing is."""
    if standing.is_complete:
        return _("All requirements are allocated.")
    return gap_words(standing)


def _rule_line(rule: rules.RuleStanding) -> RuleLine:
    limits = []
    counted = sum((period.counted for period in rule.periods), Decimal(0))
    if rule.minimum is not None:
        limits.append(_("at least %(points)s") % {"points": points_text(rule.minimum)})
    if rule.maximum is not None:
        limits.append(_("at most %(points)s") % {"points": points_text(rule.maximum)})
    text = _("%(limits)s %(per)s; %(counted)s counted so far.") % {
        "limits": _(" and ").join(limits),
        "per": rule.per.label,
        "counted": points_text(counted),
    }
    return RuleLine(title=rule.title, text=capfirst(text), holds=all(period.holds for period in rule.periods))


def _source(requirements: credential_rules.Requirements) -> str:
    words = {"version": requirements.version, "source": requirements.source, "title": requirements.credential}
    if not requirements.source:
        return _("Requirements for %(title)s, version %(version)s.") % words
    return _("Requirements for %(title)s, version %(version)s. Source: %(source)s.") % words


def _may_clear(cycle: Cycle, facts: Facts) -> bool:
    return bool(facts.shares) and cycle.shares_frozen_at is None


def _suggest_url(cycle: Cycle) -> str:
    """The suggestion, while the allocation may change; once nothing is missing, it is about spare credits."""
    return reverse("education:suggestion", args=[cycle.pk]) if cycle.shares_frozen_at is None else ""


def _pager(cycle: Cycle, page: CreditPage) -> Pager:
    base = f"{reverse('education:progress')}?credential={cycle.credential_id}&at="
    return Pager(
        previous_url=f"{base}{page.newer}#credits" if page.newer else "",
        next_url=f"{base}{page.older}#credits" if page.older else "",
    )


def _declare(cycle: Cycle, standing: rules.Standing, validity: Validity, free: Free, *, on: date) -> DeclareLine:
    opens_on = credential_rules.declaration_opens_on(
        cycle.ends_on, cycle.credential.credential_type.declaration_opens_days
    )
    if cycle.shares_frozen_at is not None:
        return DeclareLine(_("This cycle has been declared."), _start_url(cycle), _("View the declaration"))
    if validity == Validity.REVOKED:
        return DeclareLine(_("This credential is revoked. Please write to the Board."))
    if on < opens_on:
        return DeclareLine(_("You can submit the declaration starting %(day)s.") % {"day": longdate(opens_on)})
    is_expired = validity == Validity.EXPIRED
    if not standing.is_complete:
        return DeclareLine(_missing_words(is_expired=is_expired, has_free=bool(free.points)))
    words = _("Everything is allocated: submit your declaration.")
    label = _("Declare for reinstatement") if is_expired else _("Start the declaration")
    return DeclareLine(words, _start_url(cycle), label)


def _missing_words(*, is_expired: bool, has_free: bool) -> str:
    if is_expired and has_free:
        return _("Allocate what is missing, then declare for reinstatement.")
    if is_expired:
        return _("Record what is missing and allocate it, then declare for reinstatement.")
    if has_free:
        return _("Allocate what is missing, then submit the declaration.")
    return _("Record what is missing and allocate it, then submit the declaration.")


def _start_url(cycle: Cycle) -> str:
    return f"{reverse('declarations:start')}?credential={cycle.credential_id}"
