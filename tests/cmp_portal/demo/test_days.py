"""The demo data is consistent whatever day it is seeded."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from cmp_portal import demo
from cmp_portal.demo.days import moment, month_end
from cmp_portal.demo.people import PEOPLE
from cmp_portal.demo.stories import chapters_of
from credentials.models import Cycle
from credentials.rules import declaration_opens_on
from declarations.enums import Move, State
from declarations.models import Declaration
from education.queries import standing_of
from education.rules import still_needed

STORIES = [story for person in PEOPLE for story in person.stories]
FOUR_YEARS = [date(2024, 1, 1) + timedelta(days=days) for days in range(4 * 365 + 1)]


@pytest.mark.parametrize(
    "on", [date(2024, 2, 29), date(2025, 1, 1), date(2026, 3, 31), date(2026, 12, 31)], ids=date.isoformat
)
@pytest.mark.django_db
def test_year_can_be_told_on(on):
    call_command("load_reference", verbosity=0, stdout=StringIO())
    call_command("load_requirements", verbosity=0, stdout=StringIO())

    demo.seed(on=on, at=moment(on))

    cycles = Cycle.objects.select_related("credential__credential_type", "requirement_set")
    cycle = cycles.get(holder=User.objects.get(email="holder@example.org").holder, closed_at=None)
    assert cycle.ends_on == month_end(on)
    assert still_needed(standing_of(cycle, on=on)) == Decimal(1)
    assert Declaration.objects.filter(state=State.ELIGIBLE).exists()


@pytest.mark.django_db
def test_nothing_is_told_without_requirements():
    with pytest.raises(demo.NotLoaded):
        demo.seed(on=date(2026, 3, 10), at=moment(date(2026, 3, 10)))


def test_declarations_are_submitted_once_they_are_open():
    early = [
        (on, story)
        for on in FOUR_YEARS
        for story in STORIES
        for chapter in chapters_of(story, on)
        for act, day in chapter.acts
        if act.move == Move.SUBMIT and day < declaration_opens_on(chapter.ends_on)
    ]

    assert early == []


def test_earlier_cycles_are_approved_in_the_month_they_end():
    early = [
        (on, story)
        for on in FOUR_YEARS
        for story in STORIES
        if story.renewed_before
        for chapter in chapters_of(story, on)[:1]
        if chapter.acts[-1][1] < chapter.ends_on.replace(day=1)
    ]

    assert early == []


def test_everything_was_learned_before_it_was_allocated():
    hurried = [
        (on, story)
        for on in FOUR_YEARS
        for story in STORIES
        for chapter in chapters_of(story, on)
        if (Decimal(story.filled) or story.unallocated) and chapter.learned_from >= chapter.allocated_on
    ]

    assert hurried == []
