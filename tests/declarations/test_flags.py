"""Flags in the review queue, and repair of the queue."""

from datetime import timedelta

import pytest

from declarations import actions
from declarations.enums import Flag
from declarations.models import Waiting
from education.models import Credit
from tests.declarations.reviews import AT, LATER, credit_in, submitted
from tests.factories import EvidenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


def flags_of(declaration):
    return Waiting.objects.get(declaration=declaration).flags


def test_a_declaration_without_anything_to_note_has_no_flag(declaration):
    assert flags_of(declaration) == []


@pytest.mark.parametrize(("days", "flags"), [(18, []), (19, ["late"]), (49, ["late"]), (50, ["reinstatement"])])
def test_the_flag_of_a_late_receipt(db, days, flags):
    assert flags_of(submitted(at=AT + timedelta(days=days))) == flags


def test_a_self_recorded_credit_without_document_is_flagged(declaration):
    credit = credit_in(declaration, "ethics")
    Credit.objects.filter(pk=credit.pk).update(provider=None, external_id=None, provider_name="County Hospital")

    actions.mend_queue()
    without = flags_of(declaration)
    EvidenceFactory(credit=credit)
    actions.mend_queue()

    assert (without, flags_of(declaration)) == (["evidence"], [])


def test_mending_twice_changes_nothing(declaration):
    Waiting.objects.all().delete()

    mended = [actions.mend_queue() for _time in range(2)]

    assert (mended, flags_of(declaration)) == ([1, 0], [])


def test_mending_keeps_what_is_unusual(declaration):
    Waiting.objects.update(flags=[Flag.UNUSUAL, Flag.LATE])

    actions.mend_queue()

    assert flags_of(declaration) == [Flag.UNUSUAL]


def test_mending_takes_out_what_is_decided(declaration, reviewer):
    place = Waiting.objects.get()
    actions.approve(declaration=declaration, by=reviewer, at=LATER)
    place.save(force_insert=True)

    assert actions.mend_queue() == 1
    assert not Waiting.objects.exists()


def test_the_due_day_is_the_cycles_end_unless_the_board_says_how_long_it_takes(declaration, settings):
    before = Waiting.objects.get().due_on
    settings.REVIEW_DAYS = 21
    actions.mend_queue()

    assert (before, Waiting.objects.get().due_on) == (declaration.cycle.ends_on, AT.date() + timedelta(days=21))
