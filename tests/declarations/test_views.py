"""The steps of declaring, and the page of a submitted declaration."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import State
from declarations.models import Attestation, Declaration
from declarations.queries import check_page, where_to_start
from education.models import Allocation
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
    complete_cycle,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db
START = reverse("declarations:start")


@pytest.fixture
def cycle(now):
    """Complete, ending on 31 March 2026; today is 10 March."""
    AttestationFactory()
    return complete_cycle()


@pytest.fixture
def holder(client, cycle):
    user = HolderUserFactory(holder=cycle.holder)
    client.force_login(user)
    return user


def step(client, name, cycle, **said):
    return client.get(reverse(f"declarations:{name}", args=[cycle.pk]), said)


def submit(client, cycle, **said):
    return client.post(reverse("declarations:submit", args=[cycle.pk]), said, follow=True)


def seen(client, cycle):
    """What the last step carries on to the receipt."""
    return step(client, "confirm", cycle, attested="on").context["page"].seen


@pytest.fixture
def submitted(client, holder, cycle):
    submit(client, cycle, attested="on", seen=seen(client, cycle))
    return Declaration.objects.get()


def test_start_leads_to_the_declaration_that_can_be_opened(client, holder, cycle):
    CycleFactory(holder=cycle.holder, ends_on=date(2026, 3, 20), starts_on=date(2023, 4, 1))

    assert client.get(START).url == reverse("declarations:declare", args=[cycle.pk])


def test_start_before_it_opens_says_from_when(client, holder, cycle):
    later = CycleFactory(holder=cycle.holder, ends_on=date(2027, 3, 31), starts_on=date(2024, 4, 1))

    answer = client.get(START, {"credential": later.credential_id}, follow=True)

    [words] = words_of(answer)
    assert words.startswith("You can't declare now. The declaration opens on 31 December 2026. You still need ")


def test_start_with_something_missing_says_what(client, holder, cycle):
    Allocation.objects.filter(cycle=cycle, area__code="ethics").delete()

    answer = client.get(START, {"credential": cycle.credential_id}, follow=True)

    assert words_of(answer) == ["You can't declare now. You still need 1 point in medical ethics."]


def test_start_leads_to_the_live_declaration(client, holder, submitted):
    assert client.get(START).url == submitted.get_absolute_url()


def test_start_without_a_cycle_says_so(client):
    client.force_login(HolderUserFactory())

    assert words_of(client.get(START, follow=True)) == ["There is no cycle to declare."]


def test_what_is_signed_is_shown_before(client, holder, cycle):
    EvidenceFactory(credit=cycle.allocations.first().credit)

    page = step(client, "declare", cycle).context["page"]

    assert page.blockers == ()
    assert sum(row.counted for row in page.rows) == 36
    assert sorted(row.evidence_text for row in page.rows) == [""] * (len(page.rows) - 1) + ["1 document"]
    assert page.without_documents.startswith(f"{len(page.rows) - 1} credits have no document here. Keep")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((2026, 2, 28), "You are on time: the advised last day to submit is 28 February 2026."),
        ((2026, 3, 1), "The advised last day to submit, 28 February 2026, has passed."),
        ((2026, 3, 31), "before your credential expires on 31 March 2026."),
        (
            (2026, 4, 1),
            "Your credential expired on 31 March 2026. With this declaration you ask the Board to reinstate",
        ),
    ],
)
def test_the_first_step_says_what_the_day_means(cycle, day, words):
    assert words in check_page(cycle, on=date(*day)).timing_text


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((2026, 3, 31), "before your voluntary cycle ends on 31 March 2026."),
        ((2026, 4, 1), "Your voluntary cycle ended on 31 March 2026. You can still declare it"),
    ],
)
def test_who_takes_part_voluntarily_is_not_told_of_an_expiry(now, day, words):
    AttestationFactory()
    days = {"starts_on": date(2023, 4, 1), "ends_on": date(2026, 3, 31)}
    cycle = CycleFactory(voluntary=True, requirement_set=MlsRequirementSetFactory(), **days)
    allocate_all(cycle)

    assert words in check_page(cycle, on=date(*day)).timing_text


@pytest.mark.parametrize(("day", "is_named"), [((2026, 3, 31), True), ((2026, 4, 1), False)])
def test_a_last_day_is_advised_as_long_as_the_cycle_runs(cycle, day, is_named):
    labels = [fact.label for fact in check_page(cycle, on=date(*day)).facts]

    assert ("Advised last day to submit" in labels) == is_named


def test_each_step_leads_to_the_next(client, holder, cycle):
    check, attest, confirm = (
        step(client, name, cycle, attested="on").context["page"] for name in ("declare", "attest", "confirm")
    )

    assert check.next_url == reverse("declarations:attest", args=[cycle.pk])
    assert attest.next_url == reverse("declarations:confirm", args=[cycle.pk])
    assert confirm.submit_url == reverse("declarations:submit", args=[cycle.pk])
    assert [one.state for one in confirm.trail] == ["done", "done", "current"]
    assert [bool(one.url) for one in attest.trail] == [True, False, False]


def test_the_wording_of_the_day_is_attested(client, holder, cycle):
    AttestationFactory(version="2", text="The new words.", applies_from=date(2026, 3, 10))
    AttestationFactory(version="3", text="The words of tomorrow.", applies_from=date(2026, 3, 11))

    assert step(client, "attest", cycle).context["page"].wording == "The new words."


@pytest.mark.parametrize("said", [{}, {"seen": "0" * 64}], ids=["nothing", "without the tick"])
def test_without_the_tick_nothing_is_submitted(client, holder, cycle, said):
    answers = [step(client, "confirm", cycle), submit(client, cycle, **said)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("Select the check box to confirm the declaration." in answer.content.decode() for answer in answers)
    assert not Declaration.objects.exists()


def test_what_was_not_shown_is_not_submitted(client, holder, cycle):
    before = seen(client, cycle)
    share = cycle.allocations.get(area__code="ethics")
    share.credit.title = "Ethics, corrected by its provider"
    share.credit.save()

    answer = submit(client, cycle, attested="on", seen=before)

    assert words_of(answer) == ["Something has changed since you read it through. Please check it again."]
    assert answer.redirect_chain[-1][0] == reverse("declarations:declare", args=[cycle.pk])
    assert not Declaration.objects.exists()


def test_other_words_than_those_shown_are_not_submitted(client, holder, cycle):
    before = seen(client, cycle)
    AttestationFactory(version="2", text="Other words.", applies_from=date(2026, 3, 10))

    submit(client, cycle, attested="on", seen=before)

    assert not Declaration.objects.exists()


def test_from_two_tabs_it_is_one_receipt(client, holder, cycle):
    first, second = seen(client, cycle), seen(client, cycle)

    answers = [submit(client, cycle, attested="on", seen=one) for one in (first, second, "0" * 64)]

    declaration = Declaration.objects.get()
    assert {answer.redirect_chain[-1][0] for answer in answers} == {declaration.get_absolute_url()}
    assert declaration.steps.count() == 1


@pytest.mark.parametrize("name", ["declare", "attest", "confirm"])
def test_what_the_board_has_leads_to_its_declaration(client, holder, cycle, submitted, name):
    assert step(client, name, cycle).url == submitted.get_absolute_url()


@pytest.mark.parametrize("name", ["attest", "confirm"])
def test_an_incomplete_cycle_is_not_attested(client, holder, cycle, name):
    Allocation.objects.filter(cycle=cycle, area__code="ethics").delete()

    answer = client.get(reverse(f"declarations:{name}", args=[cycle.pk]), {"attested": "on"}, follow=True)

    assert "You still need 1 point in medical ethics." in answer.content.decode()


def test_an_incomplete_cycle_is_not_submitted(client, holder, cycle):
    before = seen(client, cycle)
    Allocation.objects.filter(cycle=cycle, area__code="ethics").delete()

    answer = submit(client, cycle, attested="on", seen=before)

    assert answer.status_code == 422
    assert "You still need 1 point in medical ethics." in answer.content.decode()


@pytest.mark.parametrize("name", ["declare", "attest", "confirm"])
def test_without_published_words_nothing_can_be_signed(client, holder, cycle, name):
    Attestation.objects.all().delete()

    assert "not published the wording" in step(client, name, cycle, attested="on").content.decode()


def test_without_published_words_nothing_is_submitted(client, holder, cycle):
    before = seen(client, cycle)
    Attestation.objects.all().delete()

    assert "not published the wording" in submit(client, cycle, attested="on", seen=before).content.decode()


@pytest.mark.parametrize("credits", [1, 6])
@pytest.mark.parametrize(("name", "queries"), [("declare", 11), ("attest", 9), ("confirm", 11)])
def test_steps_ask_the_same_number_of_questions(
    client, holder, cycle, django_assert_max_num_queries, name, queries, credits
):
    for _credit in range(credits):
        AllocationFactory(cycle=cycle, credit=CreditFactory(holder=cycle.holder))
    step(client, name, cycle, attested="on")

    with django_assert_max_num_queries(queries):
        step(client, name, cycle, attested="on")


def test_the_receipt_says_number_and_moment(client, submitted):
    page = client.get(submitted.get_absolute_url()).context["page"]

    assert (page.number, page.received_text) == (submitted.number, "10 March 2026, 12:00 CDT")
    assert page.text.startswith("There is nothing more to do for now")


def test_withdrawing_says_first_what_it_means(client, submitted):
    [withdraw] = client.get(submitted.get_absolute_url()).context["page"].actions

    assert withdraw.confirm == "The Board then stops its review. To be renewed, you must declare again."


def test_withdrawing_is_told(client, submitted):
    answer = client.post(reverse("declarations:withdraw", args=[submitted.uuid]), follow=True)

    assert "Withdrawn" in words_of(answer)[0]
    assert "You withdrew this declaration." in answer.content.decode()
    assert [action.label for action in answer.context["page"].actions] == ["Declare again"]


def test_what_is_denied_is_appealed_or_declared_again(client, submitted):
    said = {"by": UserFactory(roles=[Role.REVIEWER]), "note": "Too little of it is proven."}
    declaration = actions.deny(declaration=submitted, at=clock.now(), **said)

    page = client.get(declaration.get_absolute_url()).context["page"]

    assert [action.label for action in page.actions] == ["Appeal the denial", "Declare again"]


def test_what_is_decided_is_not_withdrawn(client, cycle, holder):
    declaration = DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    answer = client.post(reverse("declarations:withdraw", args=[declaration.uuid]), follow=True)

    assert "no longer possible" in words_of(answer)[0]


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_every_state_has_its_page(client, cycle, holder, state):
    declaration = DeclarationFactory(cycle=cycle, state=state)

    page = client.get(declaration.get_absolute_url()).context["page"]

    assert page.state_label == state.label
    assert page.headline


def test_staff_declare_their_own_credentials_alone(cycle, today):
    user = HolderUserFactory(roles=[Role.HOLDER, Role.REVIEWER])
    own = CycleFactory(holder=user.holder)

    assert where_to_start(user, credential=None, on=today).cycle == own
    assert where_to_start(user, credential=cycle.credential_id, on=today) is None
