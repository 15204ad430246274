"""What is left to earn, and what planned courses or dropped credits would change; plans are not stored."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text, points_words
from credentials.models import ActivityKind, Cycle, Subject
from education import rules
from education.queries.cards import progress_url
from education.queries.standing import Facts, facts_of
from education.queries.suggestion import free_credits
from education.queries.words import credit_words, writing

PLANNED_AT_MOST = 12
DROPPABLE_SHOWN = 60
CRITICAL_SECONDS = 0.5  # a page waits for this
WRITTEN = re.compile(r"([-\w]{1,40})~([-\w]{1,40})~(\d{1,4}(?:\.\d{1,2})?)~(\d{4}-\d\d-\d\d)", re.ASCII)


class Planned(NamedTuple):
    """A course the holder considers taking."""

    subject: str
    kind: str
    points: Decimal
    on: date

    @classmethod
    def read(cls, text: str) -> "Planned | None":
        """Parses the form used in the page's URL; None if it is malformed."""
        if (found := WRITTEN.fullmatch(text)) is None:
            return None
        subject, kind, points, day = found.groups()
        try:
            return cls(subject, kind, Decimal(points), date.fromisoformat(day))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.subject}~{self.kind}~{points_text(self.points)}~{self.on.isoformat()}"


@dataclass(frozen=True)
class EarnLine:
    points: str
    where: str
    by: str


@dataclass(frozen=True)
class ChangeLine:
    area: str
    before: str
    after: str


@dataclass(frozen=True)
class PlannedLine:
    """A planned course; `value` is its form in the page's URL."""

    value: str
    title: str
    day: str
    sentence: str


@dataclass(frozen=True)
class DropLine:
    value: str
    title: str
    text: str
    note: str
    is_dropped: bool


@dataclass(frozen=True)
class PlanPage:
    title: str
    headline: str
    unallocated: str
    suggest_url: str
    earn_title: str
    to_earn: tuple[EarnLine, ...]
    changes: tuple[ChangeLine, ...]
    planned: tuple[PlannedLine, ...]
    droppable: tuple[DropLine, ...]
    is_any_dropped: bool
    more_text: str
    url: str
    progress_url: str
    has_room: bool


def plan_page(cycle: Cycle, *, planned: Sequence[Planned], dropped: Iterable[int], on: date) -> PlanPage:
    """The best use of the existing credits, compared with that of the plan."""
    planned, dropped = list(dict.fromkeys(planned))[:PLANNED_AT_MOST], set(dropped)
    is_over = cycle.ends_on < on
    facts = facts_of(cycle, on=_day_of_plan(cycle, planned, on=on))
    facts = facts.also(free_credits(cycle, facts))
    courses = {-number: course for number, course in enumerate(planned, start=1)}
    titles = _titles(planned)
    credits = [_facts(pk, course, titles) for pk, course in courses.items()]
    found = rules.plan(
        facts.requirements, facts.credits, facts.shares, facts.window, on=on, planned=credits, dropped=dropped
    )
    areas = {area.code: area.title for area in facts.requirements.areas}
    url = reverse("education:plan", args=[cycle.pk])
    shown = sorted(facts.credits, key=lambda credit: (credit.completed_on, str(credit.id)), reverse=True)
    critical = _critical(facts) if found.before.is_complete else frozenset()
    unallocated = _unallocated_words(facts, found, on=on)
    return PlanPage(
        title=_("Plan for %(credential)s") % {"credential": cycle.credential.credential_type.code},
        headline=_headline(found, is_plan=bool(planned or dropped), is_over=is_over),
        unallocated=unallocated,
        suggest_url=reverse("education:suggestion", args=[cycle.pk]) if unallocated else "",
        earn_title=_("Left to earn with this plan") if planned or dropped else _("Left to earn"),
        to_earn=tuple(_earn_lines(found, facts, areas, is_over=is_over)),
        changes=tuple(_change_lines(found, areas)),
        planned=tuple(_planned_lines(courses, titles, found, facts.count().compiled)),
        droppable=tuple(_drop_line(credit, dropped, critical) for credit in shown[:DROPPABLE_SHOWN]),
        is_any_dropped=bool(dropped),
        more_text=_more_text(len(shown) - DROPPABLE_SHOWN),
        url=url,
        progress_url=progress_url(cycle),
        has_room=len(planned) < PLANNED_AT_MOST,
    )


def day_offered(cycle: Cycle, *, on: date) -> date:
    """The default date of a planned course: the cycle's end, or today once that is over."""
    return max(cycle.ends_on, on)


def _day_of_plan(cycle: Cycle, planned: Iterable[Planned], *, on: date) -> date:
    """The day as of which the plan is judged: the cycle's end; once that is over, the day of the last course.

    A voluntary or expired cycle counts the three years before the receipt: judged today, no future course would count.
    """
    return cycle.ends_on if on <= cycle.ends_on else max([on, *(course.on for course in planned)])


def _titles(planned: Iterable[Planned]) -> Mapping[str, str]:
    """The titles of the planned subjects and kinds."""
    codes = {code for course in planned for code in (course.subject, course.kind)}
    kinds = ActivityKind.objects.filter(code__in=codes).values_list("code", "title")
    return dict(kinds) | dict(Subject.objects.filter(code__in=codes).values_list("code", "title")) if codes else {}


def _facts(pk: int, course: Planned, titles: Mapping[str, str]) -> rules.CreditFacts:
    return rules.CreditFacts(
        id=pk,
        title=titles.get(course.subject, course.subject),
        kind=course.kind,
        subjects=frozenset({course.subject}),
        provider=None,
        completed_on=course.on,
        points=course.points,
    )


def _unallocated_words(facts: Facts, found: rules.Plan, *, on: date) -> str:
    """Why Check Progress asks for more points than the plan, which allocates the existing credits as best it can."""
    now = rules.standing_of(facts.count())
    if found.before.is_complete:
        return "" if now.is_complete else _("You have enough credits. They only need to be allocated.")
    if (needed := rules.still_needed(now, on)) == found.before.needed:
        return ""
    words = {"points": points_words(needed - found.before.needed), "needed": points_words(needed)}
    return (
        _(
            "This plan also counts %(points)s that you have but have not allocated yet. Until you allocate them, Check"
            " Progress says that you still need %(needed)s."
        )
        % words
    )


def _headline(found: rules.Plan, *, is_plan: bool, is_over: bool) -> str:
    """The result in one sentence; once the cycle is over, there is no last day to name."""
    if is_plan:
        return rules.plan_words(found, writing(), dated=not is_over)
    if found.before.is_complete:
        return _("You have all you need.")
    if is_over:
        return _("You still need %(points)s.") % {"points": points_words(found.before.needed)}
    needed, day = points_words(found.before.needed), longdate(found.before.standing.window.ends_on)
    return _("You still need %(points)s by %(day)s.") % {"points": needed, "day": day}


def _earn_lines(found: rules.Plan, facts: Facts, areas: Mapping[str, str], *, is_over: bool) -> Iterator[EarnLine]:
    titles = {rule.code: rule.title for rule in facts.requirements.rules}
    for each in found.to_earn:
        where = _("In any area")
        if each.area is not None:
            where = areas[each.area]
        elif each.rule is not None:
            where = _("For “%(rule)s”, included in the others") % {"rule": titles[each.rule]}
        yield EarnLine(points=points_text(each.points), where=where, by="" if is_over else longdate(each.by))


def _change_lines(found: rules.Plan, areas: Mapping[str, str]) -> Iterator[ChangeLine]:
    total = _("Total of %(points)s") % {"points": points_words(found.after.standing.total.needed)}
    for change in found.changes:
        area = total if change.area is None else areas[change.area]
        yield ChangeLine(area=area, before=points_text(change.before), after=points_text(change.after))


def _planned_lines(
    courses: Mapping[int, Planned], titles: Mapping[str, str], found: rules.Plan, compiled: rules.Compiled
) -> Iterator[PlannedLine]:
    for pk, course in courses.items():
        places = [share for share in found.after.shares if share.credit == pk and share.points]
        words = {"points": points_words(course.points), "subject": titles.get(course.subject, course.subject)}
        where = ", ".join(f"{compiled.areas[share.area].title} {points_text(share.points)}" for share in places)
        yield PlannedLine(
            value=str(course),
            title=_("%(points)s, %(subject)s") % words,
            day=longdate(course.on),
            sentence=_("Would count: %(where)s.") % {"where": where}
            if where
            else _unused_words(found.after.standing.credit(pk), compiled),
        )


def _unused_words(course: rules.CreditStanding, compiled: rules.Compiled) -> str:
    """Why no points of a planned course are used; there is nothing for the holder to allocate."""
    if course.main.reason is rules.Reason.NOT_ALLOCATED:
        return _("Not used: it would not reduce what you still need.")
    return credit_words(course, compiled)


def _critical(facts: Facts) -> frozenset[rules.CreditId]:
    """The existing credits that no other one can replace."""
    found = rules.critical_credits(facts.requirements, facts.credits, facts.window, seconds=CRITICAL_SECONDS)
    return frozenset(found)


def _drop_line(credit: rules.CreditFacts, dropped: set[int], critical: Collection[rules.CreditId]) -> DropLine:
    words = {"points": points_words(credit.points), "day": longdate(credit.completed_on)}
    return DropLine(
        value=str(credit.id),
        title=credit.title,
        text=_("%(points)s, completed on %(day)s") % words,
        note=_("No other credit can replace it.") if credit.id in critical else "",
        is_dropped=credit.id in dropped,
    )


def _more_text(count: int) -> str:
    words = ngettext("%(count)s older credit is not shown.", "%(count)s older credits are not shown.", count)
    return words % {"count": count} if count > 0 else ""
