from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from education import actions, queries
from education.enums import DisputeState, Outcome
from education.models import Allocation, Credit, Dispute
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    DisputeFactory,
    EvidenceFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    SubjectFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOTE = "The certificate says three hours, not two."


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def credit(user):
    return CreditFactory(holder=user.holder)


@pytest.fixture
def waiting(credit, user):
    return DisputeFactory(credit=credit, raised_by=user)


@pytest.fixture
def registrar(now):
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def decide(waiting, registrar, now):
    def act(outcome, **changed):
        known = {"dispute": waiting, "outcome": outcome, "answer": "We asked the provider.", "by": registrar, "at": now}
        return actions.decide(**{**known, **changed})

    return act


def correction(today, **changed):
    said = {"title": "Chemistry", "completed_on": today, "subjects": ["chemistry"], "points": Decimal("3")}
    return actions.Correction(**{**said, **changed})


# --- Raising --------------------------------------------------------------------------------------------------------


def test_a_dispute_waits_for_the_board(credit, user, now):
    dispute = actions.dispute(credit=credit, note=NOTE, by=user, at=now)

    assert (dispute.state, dispute.holder, dispute.raised_by) == (DisputeState.OPEN, user.holder, user)


def test_the_same_form_sent_twice_is_one_dispute(credit, user, now):
    for _time in range(2):
        actions.dispute(credit=credit, note=NOTE, by=user, at=now)

    assert Dispute.objects.count() == 1


def test_a_second_dispute_waits_for_the_first_answer(credit, user, waiting, now):
    with pytest.raises(actions.DisputeRefused, match="wait for its answer"):
        actions.dispute(credit=credit, note="And the day is wrong.", by=user, at=now)


def test_ones_own_record_is_not_disputed(user, now):
    with pytest.raises(actions.DisputeRefused, match="correct or withdraw it"):
        actions.dispute(credit=CreditFactory(self_recorded=True), note=NOTE, by=user, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_disputes_at_once_one_is_raised(credit, user, now, in_thread, until_blocked):
    with transaction.atomic():
        first = actions.dispute(credit=credit, note=NOTE, by=user, at=now)
        other = in_thread(lambda: actions.dispute(credit=credit, note=NOTE, by=user, at=now))
        until_blocked()

    assert other.result() == first


# --- Deciding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.UPHELD])
def test_an_answer_alone_changes_no_credit(decide, credit, registrar, now, outcome):
    dispute = decide(outcome)

    assert (dispute.decided_by, dispute.decided_at) == (registrar, now)
    assert dispute.state == (DisputeState.DECLINED if outcome == Outcome.DECLINED else DisputeState.UPHELD)
    assert Credit.objects.get().corrected_at is None


def test_the_holder_is_told_the_answer(decide, waiting):
    decide(Outcome.DECLINED)

    alert = Alert.objects.get()
    assert (alert.holder, alert.kind, alert.link) == (
        waiting.holder,
        AlertKind.DISPUTE_ANSWERED,
        reverse("education:dispute", args=[waiting.credit.uuid]),
    )
    assert alert.body == "Declined. We asked the provider."


def test_a_corrected_credit_says_what_the_board_says(decide, today):
    decide(Outcome.CORRECTED, correction=correction(today))

    assert (Credit.objects.get().title, Credit.objects.get().points) == ("Chemistry", Decimal("3.00"))


def test_what_is_not_theirs_counts_nowhere(user, credit, decide, now):
    AllocationFactory(cycle=CycleFactory(holder=user.holder), credit=credit)

    decide(Outcome.NOT_THEIRS)

    assert Credit.objects.get().withdrawn_at == now
    assert not Allocation.objects.exists()


def test_a_decision_twice_is_once(decide):
    first, second = decide(Outcome.UPHELD), decide(Outcome.UPHELD)

    assert first == second
    assert Alert.objects.count() == 1


def test_what_is_decided_is_not_decided_again(decide):
    decide(Outcome.UPHELD)

    with pytest.raises(actions.DisputeRefused, match="decided already"):
        decide(Outcome.DECLINED)


def test_an_answer_is_needed(decide):
    with pytest.raises(actions.DisputeRefused) as refusal:
        decide(Outcome.DECLINED, answer=" ")

    assert refusal.value.field == "answer"


def test_nothing_is_corrected_to_a_day_to_come(decide, today):
    with pytest.raises(actions.DisputeRefused) as refusal:
        decide(Outcome.CORRECTED, correction=correction(today, completed_on=today + timedelta(days=1)))

    assert refusal.value.field == "completed_on"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_who_keeps_the_register_decides(decide, role):
    with pytest.raises(actions.DisputeRefused, match="may not decide"):
        decide(Outcome.UPHELD, by=UserFactory(roles=[role]))


def test_nobody_decides_on_their_own_dispute(decide, user):
    user.roles = [Role.REGISTRAR]
    user.save()

    with pytest.raises(actions.DisputeRefused, match="may not decide"):
        decide(Outcome.UPHELD, by=user)


def test_a_decision_that_fails_leaves_nothing(decide, credit, today):
    with pytest.raises(actions.DisputeRefused), transaction.atomic():
        decide(Outcome.CORRECTED, correction=correction(today))
        decide(Outcome.DECLINED)

    credit.refresh_from_db()
    assert (credit.corrected_at, Dispute.objects.get().state) == (None, DisputeState.OPEN)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands(decide, in_thread, until_blocked):
    with transaction.atomic():
        decide(Outcome.UPHELD)
        other = in_thread(lambda: decide(Outcome.DECLINED))
        until_blocked()

    assert isinstance(other.exception(), actions.DisputeRefused)
    assert Dispute.objects.get().state == DisputeState.UPHELD


# --- The holder's page ----------------------------------------------------------------------------------------------


def address(credit):
    return reverse("education:dispute", args=[credit.uuid])


def words_of(answer):
    return [str(message) for message in answer.context["messages"]]


def test_the_holder_sends_a_dispute_and_sees_its_state(client, user, credit):
    client.force_login(user)

    answer = client.post(address(credit), {"note": NOTE}, follow=True)

    assert words_of(answer) == ["Sent to the Board. Its answer appears here and among your alerts."]
    assert [line.state_label for line in answer.context["page"].lines] == ["With the Board"]
    assert answer.context["page"].may_raise is False


def test_the_holder_sees_the_answer_and_may_write_again(client, user, decide, credit):
    client.force_login(user)
    decide(Outcome.DECLINED)

    page = client.get(address(credit)).context["page"]

    assert (page.lines[0].answer, page.lines[0].answered_text) == (
        "We asked the provider.",
        "Answered on 10 March 2026",
    )
    assert page.may_raise is True


def test_a_dispute_too_many_is_explained(client, user, waiting):
    client.force_login(user)

    answer = client.post(address(waiting.credit), {"note": "And the day is wrong."})

    assert "wait for its answer" in answer.content.decode()


def test_an_own_record_leads_back_to_its_page(client, user):
    client.force_login(user)

    shown = client.get(address(CreditFactory(holder=user.holder, self_recorded=True))).content.decode()

    assert "correct or withdraw it on its page" in shown


def test_the_page_of_a_delivered_credit_leads_to_the_dispute(client, user, credit):
    client.force_login(user)

    page = client.get(reverse("education:credit", args=[credit.uuid])).context["page"]

    assert (page.dispute_url, page.dispute_text) == (address(credit), "Is something wrong? Tell the Board")


def test_the_page_of_a_disputed_credit_says_what_became_of_it(client, user, waiting):
    client.force_login(user)

    page = client.get(reverse("education:credit", args=[waiting.credit.uuid])).context["page"]

    assert page.dispute_text == "You told the Board that something is wrong: With the Board"


@pytest.mark.parametrize("note", ["", " \n", "x" * 100_000, "nul\x00byte", "\u202eevil", "🧪" * 500, "<script>"])
def test_hostile_notes_are_answered(client, user, credit, note):
    client.force_login(user)

    answer = client.post(address(credit), {"note": [note, note]})

    assert answer.status_code in {200, 302}


# --- The back office ------------------------------------------------------------------------------------------------


QUEUE = reverse("admin:education_dispute_changelist")


@pytest.fixture
def form(today):
    SubjectFactory(code="chemistry")
    return {
        "outcome": Outcome.CORRECTED.value,
        "answer": "The provider confirms three hours.",
        "title": "Chemistry",
        "completed_on": today.isoformat(),
        "points": "3",
        "subjects": ["chemistry"],
    }


def send(client, dispute, form, **also):
    return client.post(reverse("admin:education_dispute_decide", args=[dispute.pk]), form, **also)


def review(client, dispute):
    return client.get(reverse("admin:education_dispute_change", args=[dispute.pk]))


def test_the_queue_shows_open_disputes_first_and_the_oldest_on_top(client, registrar, now):
    DisputeFactory(declined=True)
    newer, older = DisputeFactory(), DisputeFactory(raised_at=now - timedelta(days=12))
    client.force_login(registrar)

    answer = client.get(QUEUE)

    assert list(answer.context["cl"].result_list)[:2] == [older, newer]
    assert "12 days" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_the_same_number_of_questions(client, registrar, count, django_assert_num_queries):
    for _number in range(count):
        DisputeFactory()
    client.force_login(registrar)
    client.get(QUEUE)

    with django_assert_num_queries(5):
        client.get(QUEUE)


def test_a_registrar_sees_what_is_disputed(client, registrar, waiting):
    EvidenceFactory(credit=waiting.credit)
    AllocationFactory(
        cycle=CycleFactory(holder=waiting.holder, requirement_set=MlsRequirementSetFactory()), credit=waiting.credit
    )
    client.force_login(registrar)

    page = review(client, waiting).context["page"]

    assert page.line.note == NOTE
    assert [file.name for file in page.files] == ["certificate.pdf"]
    assert ("Allocated to", "MLS(ASCP): Chemistry") in [(fact.label, fact.value) for fact in page.facts]
    assert [version.title for version in page.versions.lines] == ["Delivered"]


def test_a_registrar_sees_that_it_is_withdrawn(client, registrar, now):
    dispute = DisputeFactory(credit=CreditFactory(withdrawn_at=now))
    client.force_login(registrar)

    page = review(client, dispute).context["page"]

    assert ("Withdrawn on", "10 March 2026") in [(fact.label, fact.value) for fact in page.facts]


def test_a_holder_sees_their_own_disputes_alone(user, waiting):
    DisputeFactory()

    assert list(queries.disputes_visible_to(user)) == [waiting]


def test_a_registrar_corrects(client, registrar, waiting, form):
    client.force_login(registrar)

    answer = send(client, waiting, form, follow=True)

    assert words_of(answer) == ["Answered. The holder is told."]
    assert Credit.objects.get().points == Decimal("3.00")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("outcome", "renew", "Select a valid choice"),
        ("answer", " ", "This field is required."),
        ("points", "0", "greater than or equal to 0.01"),
        ("completed_on", "2027-01-01", "check the day"),
        ("completed_on", "1826-01-01", "Check the year."),
        ("subjects", ["astrology"], "Select a valid choice"),
        ("title", "nul\x00byte", "Null characters are not allowed."),
        ("title", "x" * 100_000, "at most 300 characters"),
    ],
)
def test_a_mistake_of_the_board_is_explained_and_nothing_is_lost(client, registrar, waiting, form, field, value, words):
    client.force_login(registrar)

    answer = send(client, waiting, {**form, field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Dispute.objects.get().state == DisputeState.OPEN


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_staff_look_but_do_not_decide(client, waiting, form, role, now):
    client.force_login(UserFactory(roles=[role]))

    shown, answer = review(client, waiting), send(client, waiting, form)

    assert shown.context["page"].decide_url == ""
    assert (answer.status_code, Dispute.objects.get().state) == (403, DisputeState.OPEN)


def test_holders_do_not_enter_the_back_office(client, user, waiting, form):
    client.force_login(user)

    assert [review(client, waiting).status_code, send(client, waiting, form).status_code] == [403, 403]
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_a_decision_is_not_a_link(client, registrar, waiting):
    client.force_login(registrar)

    assert client.get(reverse("admin:education_dispute_decide", args=[waiting.pk])).status_code == 405


def test_disputes_are_not_added_or_removed_in_the_back_office(client, registrar, waiting):
    client.force_login(registrar)

    addresses = [reverse("admin:education_dispute_add"), reverse("admin:education_dispute_delete", args=[waiting.pk])]
    assert [client.get(address).status_code for address in addresses] == [403, 403]
