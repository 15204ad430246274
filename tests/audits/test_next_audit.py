"""The way from one audit to the next, and the list of the second auditor."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits.enums import AuditState
from audits.models import Audit
from cmp_portal.lib import clock
from tests.audits.auditing import begun, desk_of, selected, text_of
from tests.audits.waiting import not_to_ask, proposed
from tests.factories import NoteFactory, UserFactory, audit_in
from tests.pages import filtered, words_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:audits_audit_changelist")


@pytest.fixture
def desk(client, auditor):
    client.force_login(auditor)
    return client


@pytest.fixture
def other():
    return UserFactory(roles=[Role.AUDITOR])


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


def answered(audit):
    NoteFactory(declaration=audit.declaration, is_shared=True, by=UserFactory(holder=audit.holder))


@pytest.mark.parametrize(
    "filters",
    [
        {"state": "selected"},
        {"mine": "1"},
        {"state": "answered"},
        {"state": "second"},
        {"state": "selected", "may": "1"},
    ],
    ids=str,
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

    assert desk.get(filtered(desk_of(here, "next"), state="received", may="1")).url == f"{LIST}?state=received&may=1"


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
