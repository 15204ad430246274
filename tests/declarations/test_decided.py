"""The list of declarations by state or number: the decision, its date and who made it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from declarations import actions
from declarations.enums import Grounds, State
from declarations.queries import queue as queue_queries
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import AtWorkFactory, DeclarationFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:declarations_declaration_changelist")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def reviewer(client, db):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


@pytest.fixture
def ask(client, reviewer):
    return lambda **asked: client.get(LIST, asked).context["page"]


def numbers(page):
    return [line.number for line in page.decided]


def test_by_state(ask):
    submitted()
    denied = DeclarationFactory(state=State.DENIED)

    assert numbers(ask(state="denied")) == [denied.number]


def test_by_type(ask):
    one = DeclarationFactory(state=State.DENIED)
    DeclarationFactory(state=State.DENIED, cycle__mls=True)

    assert numbers(ask(state="denied", type=one.cycle.credential.credential_type_id)) == [one.number]


@pytest.mark.parametrize("asked", ["number", "customer"])
@pytest.mark.parametrize("state", [State.RENEWED, State.SUBMITTED])
def test_a_number_finds_whatever_its_state(ask, asked, state):
    DeclarationFactory(state=State.DENIED)
    wanted = DeclarationFactory(state=state)
    text = wanted.number.lower() if asked == "number" else wanted.holder.customer_number

    assert numbers(ask(q=text)) == [wanted.number]


def test_they_come_page_by_page(ask, monkeypatch):
    monkeypatch.setattr(queue_queries, "SIZE", 2)
    denied = [DeclarationFactory(state=State.DENIED).number for _time in range(3)]

    first = ask(state="denied")
    second = ask(state="denied", at=first.pager.next_url.rpartition("=")[2])

    assert numbers(first) + numbers(second) == denied[::-1]


def test_a_line_says_what_whose_when_and_by_whom(ask, reviewer):
    declaration = submitted(at=AT)
    actions.approve(declaration=declaration, by=reviewer, at=LATER)

    (line,) = ask(state="eligible").decided
    assert (line.number, line.state_label) == (declaration.number, "Eligible")
    assert line.holder == f"{declaration.holder.name} ({declaration.holder.customer_number})"
    assert (line.credential, line.certificate) == ("MLS(ASCP)", declaration.cycle.credential.certificate_number)
    assert (line.submitted, line.due, line.decided) == ("10 Feb 2026", "31 Mar 2026", "11 Feb 2026")
    assert line.reviewer == reviewer.email


def test_it_is_due_when_the_queue_said(ask, settings):
    settings.REVIEW_DAYS = 30
    declaration = submitted(at=AT)
    waiting = declaration.waiting.due_on

    (line,) = ask(q=declaration.number).decided
    assert (line.due, waiting.isoformat()) == ("12 Mar 2026", "2026-03-12")


def test_whoever_returned_it_is_its_reviewer(ask, reviewer):
    actions.send_back(declaration=submitted(), by=reviewer, at=LATER, note="Please add the date.")

    (line,) = ask(state="returned").decided
    assert (line.reviewer, line.decided) == (reviewer.email, "")


def test_whoever_upheld_a_denial_is_its_reviewer(ask, reviewer):
    declaration, other = submitted(), UserFactory(roles=[Role.REVIEWER])
    actions.deny(declaration=declaration, by=reviewer, at=LATER, note="Not complete.")
    user = declaration.holder.user
    actions.appeal(declaration=declaration, grounds=Grounds.ILLNESS, letter="I was ill.", by=user, at=LATER)
    actions.uphold(declaration=declaration, by=other, at=LATER, note="As the file shows.")

    assert [line.reviewer for line in ask(state="denied").decided] == [other.email]


@pytest.mark.parametrize(("days", "is_at_work"), [(0, True), (1, False)])
def test_whoever_is_at_work_is_its_reviewer_until_that_lapses(ask, days, is_at_work):
    declaration = submitted()
    held = AtWorkFactory(waiting=declaration.waiting, taken_at=LATER - timedelta(days=days))

    (line,) = ask(q=declaration.number).decided
    assert line.reviewer == (held.taken_by.email if is_at_work else "")


def test_nothing_of_that_kind_says_so(client, reviewer):
    assert "No declaration matches these filters." in client.get(LIST, {"state": "denied"}).content.decode()


def test_a_name_leads_to_the_holders(client, reviewer):
    page = client.get(LIST, {"q": "de la Cruz"}).content.decode()

    assert "No declaration has this number" in page
    assert f'href="{reverse("admin:accounts_holder_changelist")}?q=de%20la%20Cruz"' in page


def test_where_nothing_fits_the_filters_it_is_not_said_that_all_is_decided(client, reviewer):
    page = client.get(LIST, {"taken": "mine"}).content.decode()

    assert "No waiting declaration matches these filters." in page and "has been decided" not in page


@pytest.mark.parametrize("count", [1, 3, 25])
def test_the_number_of_queries_does_not_depend_on_the_rows(client, reviewer, django_assert_num_queries, count):
    for _number in range(count):
        DeclarationFactory(state=State.DENIED)
    client.get(LIST)

    with django_assert_num_queries(4):
        page = client.get(LIST, {"state": "denied"}).context["page"]

    assert len(page.decided) == count
