"""Concurrent actions on a declaration: one declaration, one receipt, and what was signed is what was judged."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction

from declarations.models import Declaration, DeclaredCredit
from education.models import Credit
from education.queries import standing_of
from tests.at_once import at_once
from tests.credentials.rules.files import SMALL
from tests.declarations.competing import corrects, one_and_whole, small_cycle, submits
from tests.planting import found

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cycle(now):
    return small_cycle(at=now)


@pytest.fixture
def submit(cycle, now):
    return submits(cycle, at=now)


@pytest.fixture
def correct(cycle, now):
    return corrects(cycle, at=now)


@pytest.fixture
def load(tmp_path):
    """Loads the requirements anew, as an operator does."""

    def call(minimum="2", rest="rest"):
        file = tmp_path / "mls.toml"
        file.write_text(SMALL.replace('minimum = "2"', f'minimum = "{minimum}"').replace('"rest"', f'"{rest}"'))
        call_command("load_requirements", str(file), verbosity=0)

    return call


def test_from_many_tabs_at_once_it_is_one_declaration(in_thread, submit):
    numbers = at_once(in_thread, submit, submit, submit, submit)

    assert numbers == [one_and_whole().number] * 4


def test_whoever_is_second_waits_and_gets_the_same_receipt(in_thread, until_blocked, submit, cycle):
    with transaction.atomic():
        first = submit()
        second = in_thread(submit)
        until_blocked()

    assert second.result() == first
    assert DeclaredCredit.objects.count() == cycle.allocations.count()


def test_requirements_that_are_being_replaced_are_waited_for(in_thread, until_blocked, submit, load, cycle):
    """The holder was shown other ones, under which everything was there."""
    with transaction.atomic():
        load(minimum="3")
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "not ready"
    assert not Declaration.objects.exists()


def test_requirements_with_other_words_are_to_be_read_first(in_thread, until_blocked, submit, load):
    with transaction.atomic():
        load(minimum="1")
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "changed"
    assert not Declaration.objects.exists()


def test_whoever_replaces_requirements_waits_for_a_declaration(in_thread, until_blocked, submit, load):
    with transaction.atomic():
        submit()
        loading = in_thread(lambda: load(minimum="1"))
        until_blocked()

    assert "nothing was changed" in str(loading.exception())
    assert one_and_whole().requirement_set.frozen_at is not None


@pytest.mark.parametrize("changed", [{"minimum": "3"}, {"rest": "anything"}, {}], ids=["more", "an area gone", "same"])
def test_a_declaration_and_new_requirements_at_once(in_thread, submit, load, changed):
    """Either the requirements were first and the declaration is refused, or the declaration was, and they are."""

    def loading():
        try:
            load(**changed)
        except Exception as refusal:
            return type(refusal).__name__

    number, refusal = at_once(in_thread, submit, loading)

    if Declaration.objects.exists():
        assert number == one_and_whole().number
        assert refusal == ("CommandError" if changed else None)
    else:
        assert (number, refusal) in {("not ready", None), ("changed", None)}
        assert found() == {}


def test_a_correction_that_comes_first_is_waited_for(in_thread, until_blocked, submit, correct):
    with transaction.atomic():
        correct()
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "not ready"
    assert not Declaration.objects.exists()


def test_a_correction_waits_for_the_declaration_and_changes_nothing_signed(in_thread, until_blocked, submit, correct):
    with transaction.atomic():
        submit()
        correcting = in_thread(correct)
        until_blocked()

    correcting.result()
    assert one_and_whole().counted == 4
    assert Credit.objects.get(title="Corrected").points == 1


def test_a_declaration_and_a_correction_at_once(in_thread, submit, correct, cycle):
    number, _nothing = at_once(in_thread, submit, correct)

    if Declaration.objects.exists():
        assert number == one_and_whole().number
    else:
        assert number in {"not ready", "changed"}
        assert not standing_of(cycle, on=date(2026, 3, 10)).is_complete
    assert found() == {}
