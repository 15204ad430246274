"""The page on which the Board sees disputes and answers them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.formatting import points_text
from education import queries
from education.enums import DisputeState, Outcome
from education.models import Credit, Dispute
from tests.education.pairs import declared
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
from tests.pages import words_of

pytestmark = pytest.mark.django_db


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

    assert page.line.note == waiting.note
    assert [file.name for file in page.files] == ["certificate.pdf"]
    assert ("Allocated to", "MLS(ASCP): Chemistry") in [(fact.label, fact.value) for fact in page.facts]
    assert [version.title for version in page.versions.lines] == ["Delivered"]


@pytest.fixture
def share(waiting):
    cycle = CycleFactory(holder=waiting.holder, requirement_set=MlsRequirementSetFactory())
    return AllocationFactory(cycle=cycle, credit=waiting.credit, points=Decimal("2.00"))


def effect_of(answer, name):
    effect = getattr(answer.context["page"], name)
    return effect.text, [(one.now, one.after) for one in effect.shares], effect.sum_text


def test_the_page_says_what_withdrawing_would_release(client, registrar, waiting, share):
    client.force_login(registrar)

    answer = review(client, waiting)

    said = ("The credit no longer counts.", [("2", "0")], "Released from the allocation: 2 points.")
    assert effect_of(answer, "withdrawing") == said
    assert answer.context["page"].correcting is None


LESS = ("The credit has 1.5 points instead of 2 points.", [("2", "1.5")], "Released from the allocation: 0.5 points.")
EQUAL = ("Its points remain.", [("2", "2")], "Nothing is released from the allocation.")


@pytest.mark.parametrize(("points", "said"), [("1.5", LESS), ("2", EQUAL)])
def test_a_correction_is_tried_without_deciding(client, registrar, waiting, share, form, points, said):
    client.force_login(registrar)

    answer = send(client, waiting, {"points": points, "answer": "", "try": "1"})

    assert (answer.status_code, effect_of(answer, "correcting")) == (200, said)
    assert "Write your answer first." not in answer.content.decode()
    assert (Dispute.objects.get().state, Credit.objects.get().points) == (DisputeState.OPEN, Decimal("2.00"))


@pytest.mark.parametrize(("points", "said"), [("1.5", LESS), ("2", EQUAL)])
def test_a_correction_does_what_was_said(client, registrar, waiting, share, form, points, said):
    client.force_login(registrar)

    send(client, waiting, {**form, "points": points})

    share.refresh_from_db()
    assert points_text(share.points) == said[1][0][1]


def test_points_that_are_none_have_no_effect_to_show(client, registrar, waiting, form):
    client.force_login(registrar)

    answer = send(client, waiting, {**form, "points": "many", "try": "1"})

    assert (answer.status_code, answer.context["page"].correcting) == (422, None)
    assert "Enter a number such as 1.5" in answer.content.decode()


def test_correcting_a_withdrawn_credit_would_bring_it_back(client, registrar, waiting, now):
    Credit.objects.update(withdrawn_at=now)
    client.force_login(registrar)

    answer = send(client, waiting, {"points": "2", "try": "1"})

    assert effect_of(answer, "correcting")[0] == "The credit is no longer withdrawn, and has 2 points."


def test_what_was_signed_stays_whatever_the_answer(client, registrar, waiting, share, now):
    declared(share.cycle, now)
    client.force_login(registrar)

    effect = effect_of(review(client, waiting), "withdrawing")

    assert effect[1:] == ([("2", "2, as it was signed")], "Nothing is released from the allocation.")


def test_an_answered_dispute_says_who_decided_and_when(client, registrar, waiting, form):
    client.force_login(registrar)
    assert review(client, waiting).context["page"].decided_text == ""

    send(client, waiting, form)

    assert f"Decided on 10 March 2026 by {registrar}." in review(client, waiting).content.decode()


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

    title = waiting.credit.title
    assert words_of(answer) == [f"The dispute about “{title}” was answered, and the holder was notified."]
    assert Credit.objects.get().points == Decimal("3.00")


@pytest.mark.parametrize("meanwhile", [{"points": Decimal("2.50")}, {"withdrawn_at": "2026-03-09T12:00Z"}])
def test_what_others_changed_meanwhile_is_not_undone(client, registrar, waiting, form, meanwhile):
    client.force_login(registrar)
    opened = review(client, waiting).context["form"].initial
    Credit.objects.update(**meanwhile)

    answer = send(client, waiting, {**opened, **form, "points": opened["points"]}, follow=True)

    assert words_of(answer) == [
        "The credit changed after you opened this page. Check its current details and enter any corrections that"
        " are still needed.",
        f"You wrote: {form['answer']}",
    ]
    assert Credit.objects.filter(**meanwhile, title=waiting.credit.title).exists()
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_what_is_sent_twice_is_answered_twice(client, registrar, waiting, form):
    client.force_login(registrar)
    opened = review(client, waiting).context["form"].initial
    said = {**opened, **form, "title": opened["title"]}

    answers = [words_of(send(client, waiting, said, follow=True)) for _time in range(2)]

    assert answers == [[f"The dispute about “{opened['title']}” was answered, and the holder was notified."]] * 2


def test_another_correction_with_the_same_answer_is_not_taken_for_the_first(client, registrar, waiting, form):
    client.force_login(registrar)
    send(client, waiting, form, follow=True)

    answer = send(client, waiting, {**form, "points": "5"}, follow=True)

    assert words_of(answer)[0] == "This dispute has already been decided."


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("outcome", "renew", "Choose one of the options shown."),
        ("answer", " ", "Write your answer first."),
        ("outcome", "", "Choose one."),
        *(
            ("points", number, "Enter a number such as 1.5")
            for number in (" ", "0", "-1", "12,50", "1.005", "1e5", "abc")
        ),
        ("completed_on", "99-99-99", "Choose a day, or enter it as 2026-03-14."),
        ("completed_on", "2027-01-01", "Check the day"),
        ("completed_on", "1826-01-01", "Check the year."),
        ("subjects", ["astrology"], "Choose one of the options shown."),
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


def test_who_answers_second_is_told_and_gets_back_what_was_written(client, registrar, waiting, form):
    Dispute.objects.filter(pk=waiting.pk).update(
        state=DisputeState.DECLINED, answer="It is right.", decided_by=UserFactory(), decided_at=waiting.raised_at
    )
    client.force_login(registrar)

    answer = send(client, waiting, form, follow=True)

    assert words_of(answer) == ["This dispute has already been decided.", f"You wrote: {form['answer']}"]
    assert answer.redirect_chain == [(reverse("admin:education_dispute_change", args=[waiting.pk]), 302)]


@pytest.mark.parametrize("more", [{"try": "1"}, {"outcome": ""}])
def test_who_asks_for_the_effect_second_gets_back_what_was_written(client, registrar, waiting, form, more):
    Dispute.objects.filter(pk=waiting.pk).update(
        state=DisputeState.DECLINED, answer="It is right.", decided_by=UserFactory(), decided_at=waiting.raised_at
    )
    client.force_login(registrar)

    answer = send(client, waiting, {**form, "answer": "Not so.", **more}, follow=True)

    assert words_of(answer) == [
        "This has been decided in the meantime. Review the current information.",
        "You wrote: Not so.",
    ]


def test_points_are_corrected_from_what_people_read(client, registrar, waiting):
    Credit.objects.update(points=Decimal("36.00"))
    client.force_login(registrar)

    assert review(client, waiting).context["form"]["points"].value() == "36"


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
