"""The way from one declaration to the next, and back to the list as it was filtered."""

import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import escape

from accounts.enums import Role
from audits.enums import AuditState
from audits.models import Audit
from declarations import actions
from declarations.enums import Flag, State
from declarations.models import Declaration, Waiting
from tests.declarations.queueing import QUEUE, waiting
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import AtWorkFactory, UserFactory, audit_in
from tests.pages import filtered, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def reviewer(client, db):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


def test_the_next_one_is_free_and_not_ones_own(client, reviewer):
    here, taken, wanted = waiting(1), waiting(2), waiting(3)
    AtWorkFactory(waiting=taken.waiting, taken_at=LATER)

    answer = client.get(reverse("admin:declarations_declaration_next", args=[here.pk]))

    assert answer.url == reverse("admin:declarations_declaration_change", args=[wanted.pk])


def test_behind_the_last_one_is_the_first(client, reviewer):
    first, last = waiting(1), waiting(2)

    answer = client.get(reverse("admin:declarations_declaration_next", args=[last.pk]))

    assert answer.url == reverse("admin:declarations_declaration_change", args=[first.pk])


def test_nothing_else_waits(client, reviewer):
    here = waiting(1)

    assert client.get(reverse("admin:declarations_declaration_next", args=[here.pk])).url == QUEUE


def next_after(client, declaration):
    """Where *Next in the queue* leads."""
    return client.get(reverse("admin:declarations_declaration_next", args=[declaration.pk])).url


def page_of(declaration):
    return reverse("admin:declarations_declaration_change", args=[declaration.pk])


@pytest.mark.parametrize("state", [State.UNDER_AUDIT, State.APPEALED])
def test_the_next_one_is_one_to_decide(client, reviewer, state):
    here, passed_over, wanted = waiting(1), waiting(2, state=state), waiting(3)
    Declaration.objects.filter(pk=passed_over.pk, state=State.APPEALED).update(decided_by=reviewer)

    assert next_after(client, here) == page_of(wanted)


def test_where_the_board_allows_it_the_next_one_is_an_appeal_against_ones_own_denial(client, reviewer, settings):
    settings.APPEAL_NEEDS_OTHER_EYES = False
    here, wanted = waiting(1), waiting(2, state=State.APPEALED)
    Declaration.objects.filter(pk=wanted.pk).update(decided_by=reviewer)

    assert next_after(client, here) == page_of(wanted)


def test_the_next_one_may_have_passed_its_audit(client, reviewer):
    here, passed = waiting(1), audit_in(AuditState.PASSED).declaration

    assert next_after(client, here) == page_of(passed)


def test_the_next_one_is_none_that_the_reviewer_audited(client, reviewer):
    here, passed = waiting(1), audit_in(AuditState.PASSED)
    Audit.objects.filter(pk=passed.pk).update(decided_by=reviewer)

    assert next_after(client, here) == QUEUE


def next_in(client, declaration, **filters):
    """Where *Next in the queue* leads from the list with these filters."""
    return client.get(filtered(reverse("admin:declarations_declaration_next", args=[declaration.pk]), **filters)).url


@pytest.mark.parametrize("filters", [{"flag": Flag.LATE}, {"state": State.APPEALED}, {"taken": "mine"}])
def test_the_next_one_is_in_the_list_as_it_was_filtered(client, reviewer, filters):
    here, _passed_over = waiting(1), waiting(2)
    wanted = waiting(3, flags=[Flag.LATE], state=State.APPEALED)
    AtWorkFactory(waiting=wanted.waiting, taken_by=reviewer, taken_at=LATER if "taken" in filters else AT)

    assert next_in(client, here, **filters) == filtered(page_of(wanted), **filters)


def test_at_the_end_of_a_filtered_list_it_comes_back(client, reviewer):
    here, _other = waiting(1, flags=[Flag.LATE]), waiting(2)

    answer = client.get(
        filtered(reverse("admin:declarations_declaration_next", args=[here.pk]), flag=Flag.LATE), follow=True
    )

    assert answer.redirect_chain == [(f"{QUEUE}?flag=late", 302)]
    assert words_of(answer) == ["Nothing else in this list is waiting for you."]


@pytest.mark.parametrize("filters", [{"state": State.DENIED}, {"q": "2026-00000001"}, {"state": "nowhere"}])
def test_from_a_list_of_what_no_longer_waits_the_whole_queue_follows(client, reviewer, filters):
    here, wanted = waiting(1), waiting(2)

    assert next_in(client, here, **filters) == filtered(page_of(wanted), **filters)


@pytest.mark.parametrize("filters", [{}, {"state": "submitted", "due": "over"}, {"state": "denied"}])
def test_a_page_leads_back_to_the_list_as_it_was_filtered(client, reviewer, filters):
    declaration = waiting(-1, state=State(filters.get("state", State.SUBMITTED)))

    list_ = client.get(QUEUE, filters)
    page = client.get(filtered(page_of(declaration), **filters))

    (line,) = list_.context["page"].lines or list_.context["page"].decided
    assert line.url == filtered(page_of(declaration), **filters)
    assert page.context["list_url"] == QUEUE + ("?" if filters else "") + urlencode(filters)
    assert f'href="{escape(page.context["list_url"])}">Review<' in page.text


def test_each_form_of_the_page_keeps_the_filters(client, reviewer):
    declaration, filters = submitted(at=AT), {"state": "submitted"}
    page = client.get(filtered(page_of(declaration), **filters))
    actions_of = re.findall(r'<form method="post" action="(/admin/declarations/[^"]+)"', page.text)

    for url in actions_of:
        assert client.post(url, {"for": "staff"}).url == filtered(page_of(declaration), **filters)
    assert len(actions_of) > 4


def test_after_a_decision_the_next_one_is_the_one_behind(client, reviewer):
    skipped, here, wanted = waiting(), submitted(at=AT), waiting(60)
    actions.deny(declaration=here, by=reviewer, at=LATER, note="No.")

    assert not Waiting.objects.filter(pk=here.pk).exists()
    assert [next_after(client, skipped), next_after(client, here)] == [page_of(wanted)] * 2


def test_behind_what_does_not_exist_is_the_first(client, reviewer):
    first = waiting()

    assert client.get(reverse("admin:declarations_declaration_next", args=[0])).url == page_of(first)
