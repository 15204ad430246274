from datetime import date

import pytest
from django.urls import reverse

from accounts.enums import RequestState, Role
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials.models import Cycle, SynchronisationRequest
from tests.factories import CycleFactory, HolderUserFactory, SynchronisationRequestFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
PAGE = "education:synchronisation"
FIRST, SECOND = date(2027, 6, 30), date(2028, 3, 31)


@pytest.fixture
def holder(now):
    first = CycleFactory(ends_on=FIRST)
    CycleFactory(ends_on=SECOND, holder=first.holder)
    return HolderUserFactory(holder=first.holder)


@pytest.fixture
def request_(holder):
    return SynchronisationRequestFactory(holder=holder.holder, ends_on=FIRST, requested_by=holder)


@pytest.fixture
def registrar(client, request_):
    registrar = UserFactory(roles=[Role.REGISTRAR])
    client.force_login(registrar)
    return registrar


def page_of(client):
    return client.get(reverse(PAGE)).context["page"]


def admin(client, request, verb="change", **data):
    address = reverse(f"admin:credentials_synchronisationrequest_{verb}", args=[request.pk])
    return client.get(address) if verb == "change" else client.post(address, data, follow=True)


# --- The holder -------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_it_would_mean_and_asks(client, holder):
    client.force_login(holder)

    page = page_of(client)

    assert (page.preview.ends_on, len(page.preview.cycles), bool(page.ask_url)) == (FIRST, 2, True)


def test_asking_is_told_and_asked_once(client, holder):
    client.force_login(holder)

    answers = [client.post(reverse("education:synchronise"), follow=True) for _time in range(2)]

    assert [words_of(answer) for answer in answers] == [
        ["Request sent. The Board will answer; until then, nothing changes."]
    ] * 2
    assert SynchronisationRequest.objects.count() == 1
    assert page_of(client).ask_url == ""


def test_asking_without_cycles_is_explained(client, now):
    client.force_login(HolderUserFactory())

    assert "two or more of them" in words_of(client.post(reverse("education:synchronise"), follow=True))[0]


def test_taking_back_is_told(client, holder, request_):
    client.force_login(holder)

    answer = client.post(page_of(client).request.withdraw_url, follow=True)

    assert words_of(answer) == ["Request withdrawn. Your cycles stay as they are."]
    assert answer.context["page"].request.text == "You withdrew your request on 10 March 2026."


def test_an_answer_can_not_be_taken_back(client, holder):
    client.force_login(holder)
    declined = SynchronisationRequestFactory(holder=holder.holder, declined=True)

    answer = client.post(reverse("education:synchronisation_withdraw", args=[declined.uuid]), follow=True)

    assert words_of(answer) == ["The Board has already answered this request."]
    assert declined.note in answer.content.decode()


def test_check_progress_leads_there_from_two_credentials_on(client, holder):
    client.force_login(holder)

    assert reverse(PAGE) in client.get(reverse("education:progress")).content.decode()


def test_the_page_asks_the_same_number_of_questions(client, holder, request_, django_assert_num_queries):
    client.force_login(holder)
    CycleFactory(holder=holder.holder, ends_on=date(2028, 12, 31))
    page_of(client)

    with django_assert_num_queries(6):
        page_of(client)


# --- The Board --------------------------------------------------------------------------------------------------------


def test_the_queue_lists_open_requests_first_and_the_oldest_on_top(client, registrar, request_):
    answered = SynchronisationRequestFactory(declined=True)
    newer = SynchronisationRequestFactory()
    address = reverse("admin:credentials_synchronisationrequest_changelist")

    listed = client.get(address).context["cl"].result_list

    assert list(listed) == [request_, newer, answered]


def test_the_registrar_grants_what_the_page_shows(client, registrar, request_):
    page = admin(client, request_).context["page"]

    answer = admin(client, request_, "grant", ends_on=page.preview.ends_on.isoformat(), note="Gladly.")

    assert words_of(answer) == [f"The cycles of {request_.holder} now end together on {longdate(FIRST)}."]
    assert set(Cycle.objects.values_list("ends_on", flat=True)) == {FIRST}
    assert answer.context["page"].can_decline is False


def test_the_registrar_declines_with_a_reason(client, registrar, request_):
    answers = [admin(client, request_, "decline", note=note) for note in ("", "Not\0 this year.")]

    assert [words_of(answer) for answer in answers] == [
        ["Write a reason. The holder needs to know why."],
        [f"The request from {request_.holder} was declined."],
    ]
    request_.refresh_from_db()
    assert request_.note == "Not this year."
    said = longdate(board_day(request_.decided_at))
    assert answers[-1].context["page"].decided_text == f"Decided on {said} by {request_.decided_by}."


def test_a_decided_request_does_not_say_what_it_would_mean_today(client, registrar, request_):
    assert "What this would mean today" in admin(client, request_).content.decode()

    answer = admin(client, request_, "decline", note="Not this year.")

    assert "What this would mean today" not in answer.content.decode()


def test_the_registrar_reads_that_an_alignment_is_final(client, registrar, request_):
    assert "a cycle that was shortened is never lengthened again" in admin(client, request_).content.decode()


@pytest.mark.parametrize("ends_on", ["", "tomorrow", "2027-02-30", "2027-07-31"])
def test_another_end_than_the_earliest_is_not_granted(client, registrar, request_, ends_on):
    answer = admin(client, request_, "grant", ends_on=ends_on)

    assert words_of(answer) == ["The holder's cycles have changed in the meantime. Review them again."]


def test_the_registrar_sees_that_the_earliest_end_has_changed(client, registrar, request_):
    CycleFactory(holder=request_.holder, ends_on=date(2027, 1, 31))

    page = admin(client, request_).context["page"]

    assert page.warnings == (
        "The earliest end has changed in the meantime: it was 30 June 2027 and is now 31 January 2027.",
    )


def test_the_registrar_sees_that_nothing_is_left_to_align(client, registrar, request_):
    Cycle.objects.filter(ends_on=SECOND).delete()

    page = admin(client, request_).context["page"]

    assert page.warnings[0].startswith("There is nothing left to align")
    assert (page.can_grant, page.can_decline) == (False, True)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_staff_look_but_do_not_decide(client, request_, role):
    client.force_login(UserFactory(roles=[role]))

    assert admin(client, request_).context["page"].can_decline is False
    assert admin(client, request_, "grant", ends_on=FIRST.isoformat()).status_code == 403


@pytest.mark.parametrize("verb", ["change", "grant", "decline"])
def test_holders_and_providers_do_not_enter_the_back_office(client, request_, holder, verb):
    for user in (holder, UserFactory(roles=[Role.PROVIDER])):
        client.force_login(user)
        address = reverse(f"admin:credentials_synchronisationrequest_{verb}", args=[request_.pk])

        assert client.post(address).status_code == 403

    request_.refresh_from_db()
    assert request_.state == RequestState.OPEN


@pytest.mark.parametrize("pk", ["0", "nonsense", "²", "9" * 30])
def test_a_request_that_is_not_there_is_not_found(client, registrar, pk):
    assert client.get(f"/admin/credentials/synchronisationrequest/{pk}/change/").status_code == 404
