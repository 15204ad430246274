"""Documents requested of many audits at once."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from audits.enums import AuditMove, AuditState
from audits.models import Audit, AuditStep
from audits.queries import queue as queues
from tests.audits.auditing import selected, text_of
from tests.audits.waiting import not_to_ask, taken_by
from tests.factories import UserFactory, audit_in
from tests.pages import words_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:audits_audit_changelist")
MANY = reverse("admin:audits_audit_request_many")


@pytest.fixture
def desk(client, auditor):
    client.force_login(auditor)
    return client


@pytest.fixture
def other():
    return UserFactory(roles=[Role.AUDITOR])


def keys(*audits):
    return {"pk": [audit.pk for audit in audits]}


def state_of(audit):
    return Audit.objects.get(pk=audit.pk).state


def test_first_it_shows_who_is_asked_and_who_is_not(desk, auditor, other, settings):
    settings.AUDIT_DOCUMENTS_DAYS = 30
    audit, left = selected(auditor), not_to_ask(auditor, other)

    page = desk.post(MANY, keys(audit, *left))

    told = {one.number: one.why for one in page.context["found"].left}
    assert [one.pk for one in page.context["found"].requested] == [audit.pk]
    assert told == {audit.declaration.number: why for audit, why in left.items()}
    assert ("1 audit" in text_of(page), "The documents are due on" in text_of(page)) == (True, True)
    assert "another auditor can take over any of them later" in text_of(page)
    assert AuditStep.objects.filter(move=AuditMove.REQUEST).count() == 0


def test_once_confirmed_the_holders_are_asked_and_the_others_left_as_they_are(desk, auditor, other):
    audits, left = [selected(auditor) for _time in range(2)], not_to_ask(auditor, other)
    before = {audit: state_of(audit) for audit in left}

    answer = desk.post(MANY, {**keys(*audits, *left), "confirmed": "on"}, follow=True)

    assert [state_of(audit) for audit in audits] == [AuditState.REQUESTED] * 2
    assert {audit: state_of(audit) for audit in left} == before
    assert words_of(answer)[0] == "Documents were requested for 2 audits."
    assert {why for word in words_of(answer)[1:] for why in left.values() if why in word} == set(left.values())
    assert set(Audit.objects.filter(state=AuditState.REQUESTED).values_list("auditor", flat=True)) == {auditor.pk}


def test_confirmed_twice_it_is_asked_once(desk, auditor):
    audit = selected(auditor)
    form = {**keys(audit), "confirmed": "on"}

    _first, second = (desk.post(MANY, form, follow=True) for _time in range(2))

    number = audit.declaration.number
    why = "This audit is now “Documents requested”, so that is no longer possible."
    assert words_of(second) == [f"{number} was skipped: {why}"]
    assert AuditStep.objects.filter(move=AuditMove.REQUEST).count() == 1
    assert Alert.objects.filter(title__contains="documents needed").count() == 1


def test_many_skipped_for_one_reason_are_told_together(desk, monkeypatch):
    monkeypatch.setattr("audits.admin.requesting.NAMED", 2)
    audits = [audit_in(AuditState.RECEIVED) for _time in range(3)]

    answer = desk.post(MANY, {**keys(*audits), "confirmed": "on"}, follow=True)

    first, second = (audit.declaration.number for audit in audits[:2])
    why = "This audit is now “Documents received”, so that is no longer possible."
    assert words_of(answer) == [f"{first}, {second} and 1 more were skipped: {why}"]


@pytest.mark.parametrize("said", [{}, {"pk": ["x"]}, {"all": "on"}])
def test_nothing_selected_is_told(desk, said):
    assert words_of(desk.post(MANY, said, follow=True)) == ["Nothing was selected."]


def test_it_returns_to_the_list_as_it_was_filtered(desk, auditor):
    audit = selected(auditor)
    page = desk.get(LIST, {"state": "selected", "mine": "1"}).context["page"]

    answer = desk.post(page.request_url, {**keys(audit), "confirmed": "on"})

    assert answer.url == f"{LIST}?state=selected&mine=1"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_only_auditors_ask(client, auditor, role):
    audit = selected(auditor)
    client.force_login(UserFactory(roles=[role]))

    assert client.post(MANY, {**keys(audit), "confirmed": "on"}).status_code == 403
    assert state_of(audit) == AuditState.SELECTED


def test_all_to_start_are_ticked_by_a_link(desk, auditor):
    selected(auditor)
    audit_in(AuditState.RECEIVED)

    plain = desk.get(LIST)

    assert (text_of(plain).count("action-select"), b" checked" in plain.content) == (1, False)
    assert b"checked" in desk.get(plain.context["page"].tick_url).content


def test_a_list_without_any_to_start_has_no_boxes(desk):
    audit_in(AuditState.RECEIVED)

    assert "request-many" not in text_of(desk.get(LIST))


@pytest.mark.parametrize(
    ("size", "most", "text"),
    [
        (50, 200, ""),
        (1, 200, "Request documents for all 3"),
        (1, 2, "Request documents for the first 2"),
    ],
)
def test_more_than_a_page_may_be_asked_at_once(desk, auditor, other, monkeypatch, size, most, text):
    monkeypatch.setattr(queues, "SIZE", size)
    monkeypatch.setattr(queues, "MANY", most)
    for _time in range(3):
        selected(auditor)
    taken_by(other, selected(other))

    assert desk.get(LIST).context["page"].all_text == text


def test_where_only_one_may_be_asked_there_is_no_button_for_all(desk, auditor, other, monkeypatch):
    monkeypatch.setattr(queues, "SIZE", 1)
    selected(auditor)
    taken_by(other, selected(other))

    assert desk.get(LIST).context["page"].all_text == ""


def test_all_are_those_that_this_auditor_may_ask(desk, auditor, other):
    audits = [selected(auditor) for _time in range(2)]
    not_to_ask(auditor, other)

    page = desk.post(MANY, {"all": "on"})

    assert [one.pk for one in page.context["found"].requested] == [audit.pk for audit in audits]
    assert page.context["found"].left == ()


def test_all_of_ones_own_list_are_ones_own(desk, auditor):
    selected(auditor)
    own = taken_by(auditor, selected(auditor))

    page = desk.post(f"{MANY}?mine=1", {"all": "on"})

    assert [one.pk for one in page.context["found"].requested] == [own.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_the_confirmation_do_not_grow(desk, auditor, django_assert_num_queries, count):
    audits = [selected(auditor) for _time in range(count)]
    desk.post(MANY, keys(*audits))

    with django_assert_num_queries(4):
        desk.post(MANY, keys(*audits))
