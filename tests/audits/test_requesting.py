"""Documents requested of many audits at once, and the way from one audit to the next."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from audits import actions
from audits.enums import AuditMove, AuditState
from audits.models import Audit, AuditStep
from audits.queries import queue as queues
from cmp_portal.lib import clock
from declarations.enums import State
from declarations.models import Declaration
from tests.audits.auditing import begun, desk_of, find_all, selected, text_of
from tests.declarations.reviews import AT
from tests.factories import ColleagueFactory, HolderFactory, NoteFactory, UserFactory, audit_in
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


def taken_by(user, audit):
    actions.take(audit=audit, by=user, at=AT)
    return audit


def not_to_ask(auditor, other):
    """Audits whose documents this auditor can't request, with the reason."""
    auditor.holder = HolderFactory()
    auditor.save()
    colleague = ColleagueFactory(auditor=auditor).colleague
    paused = audit_in(AuditState.SELECTED)
    Declaration.objects.filter(pk=paused.declaration_id).update(state=State.RETURNED)
    return {
        audit_in(AuditState.RECEIVED): "This audit is now “Documents received”, so that is no longer possible.",
        taken_by(other, selected(other)): "This audit belongs to another auditor. Take it over first.",
        paused: "The declaration is with its holder. The audit is paused until it comes back.",
        audit_in(AuditState.SELECTED, holder=colleague): "You are not allowed to audit this declaration.",
        audit_in(AuditState.SELECTED, holder=auditor.holder): "You are not allowed to audit this declaration.",
    }


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_first_it_shows_who_is_asked_and_who_is_not(desk, auditor, other, settings):
    settings.AUDIT_DOCUMENTS_DAYS = 30
    audit, left = selected(auditor), not_to_ask(auditor, other)

    page = desk.post(MANY, keys(audit, *left))

    told = {one.number: one.why for one in page.context["found"].left}
    assert [one.pk for one in page.context["found"].requested] == [audit.pk]
    assert told == {audit.declaration.number: why for audit, why in left.items()}
    assert ("1 audit" in text_of(page), "The documents are due on" in text_of(page)) == (True, True)
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


# --- The next one -----------------------------------------------------------------------------------------------------


def next_after(desk, audit):
    return desk.get(desk_of(audit, "next")).url


@pytest.fixture
def here(auditor):
    """The first of the queue: its documents are overdue, and the others have no day."""
    audit = audit_in(AuditState.RECEIVED, auditor=auditor)
    Audit.objects.filter(pk=audit.pk).update(due_on=clock.today() - timedelta(days=9))
    return audit


def test_the_page_leads_to_the_next_one(desk, here):
    wanted = audit_in(AuditState.RECEIVED)

    assert desk_of(here, "next") in text_of(desk.get(desk_of(here)))
    assert next_after(desk, here) == desk_of(wanted)


def test_it_passes_over_what_this_auditor_may_not_do_or_need_not_do(desk, auditor, other, here):
    not_to_ask(auditor, other)
    Audit.objects.filter(state=AuditState.RECEIVED).exclude(pk=here.pk).update(auditor=other)
    audit_in(AuditState.REQUESTED)
    audit_in(AuditState.PASSED)
    wanted = selected(auditor)

    assert next_after(desk, here) == desk_of(wanted)


def test_behind_the_last_one_is_the_first(desk, here):
    last = audit_in(AuditState.RECEIVED)

    assert next_after(desk, last) == desk_of(here)


def test_behind_what_does_not_exist_is_the_first(desk, here):
    assert desk.get(reverse("admin:audits_audit_next", args=[0])).url == desk_of(here)


def test_nothing_else_waits(desk, here):
    answer = desk.get(desk_of(here, "next"), follow=True)

    assert (answer.redirect_chain[0][0], words_of(answer)) == (LIST, ["Nothing else in this list is waiting for you."])


def filtered(url, **filters):
    """The URL of a page that was opened from the list with these filters."""
    return f"{url}?{urlencode({'_changelist_filters': urlencode(filters)})}"


def answered(audit):
    NoteFactory(declaration=audit.declaration, is_shared=True, by=UserFactory(holder=audit.holder))


@pytest.mark.parametrize(
    "filters", [{"state": "selected"}, {"mine": "1"}, {"state": "answered"}, {"state": "second"}], ids=str
)
def test_the_next_one_is_in_the_list_as_it_was_filtered(desk, auditor, other, here, filters):
    audit_in(AuditState.UNDER_REVIEW)
    if filters == {"state": "second"}:
        wanted = proposed(other)
    else:
        wanted = audit_in(AuditState.SELECTED, auditor=auditor)
        answered(wanted)

    url = filtered(desk_of(here, "next"), **filters)

    assert desk.get(url).url == filtered(desk_of(wanted), **filters)


@pytest.mark.parametrize("filters", [{"state": "passed"}, {"state": "nowhere"}], ids=str)
def test_from_a_list_of_decided_audits_all_that_wait_follow(desk, here, filters):
    wanted = audit_in(AuditState.RECEIVED)

    assert desk.get(filtered(desk_of(here, "next"), **filters)).url == filtered(desk_of(wanted), **filters)


def test_at_the_end_of_a_filtered_list_it_comes_back(desk, here):
    audit_in(AuditState.SELECTED)

    assert desk.get(filtered(desk_of(here, "next"), state="received")).url == f"{LIST}?state=received"


def test_a_page_and_its_forms_lead_back_to_the_list_as_it_was_filtered(desk, auditor):
    audit, filters = begun(auditor), {"state": "under_review"}
    here = filtered(desk_of(audit), **filters)

    list_, page = desk.get(LIST, filters), desk.get(here)

    assert f'href="{here}"' in list_.text
    assert f'href="{LIST}?state=under_review">Audits<' in page.text
    forms = re.findall(r'<form method="post" action="(/admin/audits/[^"]+)"', page.text)
    for url in forms:
        assert desk.post(url, {"for": "staff"}).url == here
    assert len(forms) > 4


@pytest.mark.parametrize(("days", "is_next"), [(-1, True), (0, False)])
def test_what_the_holder_is_late_with_is_next(desk, here, days, is_next):
    late = audit_in(AuditState.REQUESTED)
    Audit.objects.filter(pk=late.pk).update(due_on=clock.today() + timedelta(days=days))

    assert (next_after(desk, here) == desk_of(late)) is is_next


def test_what_the_holder_has_answered_is_next(desk, here):
    asked = audit_in(AuditState.REQUESTED)
    by = UserFactory(holder=asked.holder)
    NoteFactory(declaration=asked.declaration, is_shared=True, by=by)

    assert next_after(desk, here) == desk_of(asked)


def proposed(by):
    audit = begun(by)
    find_all(audit, by)
    return actions.propose_failing(audit=audit, by=by, at=AT, note="No proof.")


def test_a_colleagues_proposal_to_fail_is_next_and_ones_own_is_not(desk, auditor, other, here):
    wanted, own = proposed(other), proposed(auditor)

    assert [next_after(desk, one) for one in (here, own)] == [desk_of(wanted), desk_of(here)]


def test_where_nobody_has_to_agree_ones_own_proposal_is_next(desk, auditor, other, here, settings):
    own, _of_other = proposed(auditor), proposed(other)
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False

    assert next_after(desk, here) == desk_of(own)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_only_auditors_go_on(client, here, role):
    client.force_login(UserFactory(roles=[role]))

    assert client.get(desk_of(here, "next")).status_code == 403


# --- As the second auditor --------------------------------------------------------------------------------------------


def test_the_list_for_the_second_auditor_holds_what_colleagues_have_proposed(desk, auditor, other):
    proposed(auditor)
    begun(other)
    wanted = proposed(other)

    page = desk.get(LIST, {"state": "second"}).context["page"]

    assert [line.pk for line in page.lines] == [wanted.pk]
    assert [choice.label for choice in page.choices if choice.is_chosen] == ["For you as second auditor"]
    assert desk.get(LIST, {"state": "second", "mine": "1"}).context["page"].lines == ()


def test_where_nobody_has_to_agree_there_is_no_such_list(desk, other, settings):
    proposed(other)
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False

    page = desk.get(LIST, {"state": "second"}).context["page"]

    assert ("For you as second auditor" in {choice.label for choice in page.choices}) is False
    assert [choice.label for choice in page.choices if choice.is_chosen] == ["All open"]
