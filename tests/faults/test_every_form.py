"""F4 covers everything that accepts a POST: with a form, or a reason why none is needed."""

import pytest

from faults.cases.f4 import left_out
from faults.cases.f4 import posts as f4
from faults.cases.f4.excused import EXCUSED, excuses_of
from faults.cases.f4.forms import FORMS
from tests.access.rules import Action, Address, everyone, nobody


@pytest.fixture
def without_a_form(db):
    return f4.lines() - {line for form in FORMS.values() for line in f4.exercised_by(form())}


def test_what_takes_a_post_has_a_form_or_an_excuse(db):
    assert left_out() == []


def test_every_excuse_is_needed(without_a_form):
    needed = {excuse for line in without_a_form for excuse in excuses_of(line)}

    assert sorted(EXCUSED.keys() - needed) == []


@pytest.mark.parametrize(("rule", "taken"), [(everyone(), {"new =word"}), (nobody(), set())])
def test_new_address_needs_a_form_unless_it_refuses_everybody(monkeypatch, rule, taken):
    known = f4.lines()
    monkeypatch.setattr(f4, "ADDRESSES", [*f4.ADDRESSES, Address("new", "New", post=rule, of=("row", "=word"))])

    assert f4.lines() - known == taken


def test_new_action_needs_a_form(monkeypatch):
    known = f4.lines()
    monkeypatch.setattr(f4, "ACTIONS", [*f4.ACTIONS, Action("audits.Round", "new", "New", everyone())])

    assert f4.lines() - known == {"audits.Round new"}
