"""The pages on which the Board reads a declaration and decides."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.points import PointsField
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Move, State
from declarations.models import Declaration, Ruling
from declarations.permissions import moves_of
from tests.factories import (
    AttestationFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderUserFactory,
    UserFactory,
    complete_cycle,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(now):
    cycle = complete_cycle(at=now)
    user = HolderUserFactory(holder=cycle.holder)
    return actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=now)


def review(client, declaration):
    return client.get(reverse("admin:declarations_declaration_change", args=[declaration.pk]))


def decide(client, declaration, move, **form):
    address = reverse("admin:declarations_declaration_decide", args=[declaration.pk, move])
    return client.post(address, form, follow=True)


@pytest.fixture
def reviewer(client, submitted):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


def test_a_reviewer_sees_what_the_rules_say(client, reviewer, submitted):
    EvidenceFactory(credit=submitted.cycle.allocations.first().credit)

    page = review(client, submitted).context["page"]

    assert "Late: received after the advised last day, 28 February 2026." in [flag.text for flag in page.flags]
    assert [decision.move for decision in page.decisions] == [Move.APPROVE, Move.RETURN, Move.DENY]
    assert all("counted in" in row.sentence for row in page.rows)
    assert [len(row.evidence) for row in page.rows].count(1) == 1


@pytest.mark.parametrize("move", [Move.APPROVE, Move.RETURN, Move.DENY])
def test_a_page_of_an_earlier_submission_decides_nothing(client, reviewer, submitted, now, move):
    seen = review(client, submitted).context["page"].seen
    actions.send_back(declaration=submitted, by=UserFactory(roles=[Role.REVIEWER]), at=now, note="Which course?")
    actions.submit(cycle=submitted.cycle, attestation=AttestationFactory(), by=submitted.holder.user, at=now)

    answer = decide(client, submitted, move.value, seen=seen, note="As I have read.")

    assert words_of(answer) == [
        "It was submitted again after you opened the page. Read what is declared now, then decide.",
        "You wrote: As I have read.",
    ]
    assert Declaration.objects.get().state == State.SUBMITTED


def test_a_page_of_an_earlier_submission_judges_no_credit(client, reviewer, submitted, now):
    page = review(client, submitted).context["page"]
    actions.send_back(declaration=submitted, by=UserFactory(roles=[Role.REVIEWER]), at=now, note="Which course?")
    actions.submit(cycle=submitted.cycle, attestation=AttestationFactory(), by=submitted.holder.user, at=now)

    said = {"outcome": "refused", "reason": "No date.", "seen": page.seen}
    answer = client.post(page.rows[0].rule_url, said, follow=True)

    assert words_of(answer) == [
        "It was submitted again after you opened the page. Read what is declared now, then decide.",
        "You wrote: No date.",
    ]
    assert not Ruling.objects.exists()


def test_a_corrected_credit_is_flagged(client, reviewer, submitted):
    credit = submitted.cycle.allocations.order_by("id").first().credit
    credit.points, credit.corrected_at = PointsField().to_python("0.25"), submitted.received_at + timedelta(days=1)
    credit.save()

    flags = [flag.text for flag in review(client, submitted).context["page"].flags]

    assert "A credit was changed by its provider since it was declared." in flags
    assert any(flag.startswith("Not complete: You still need") for flag in flags)


def test_approving_renews(client, reviewer, submitted):
    answer = decide(client, submitted, "approve")

    assert words_of(answer) == [f"Declaration {submitted.number} was approved."]
    assert Cycle.objects.filter(credential=submitted.cycle.credential, closed_at=None).exists()
    assert answer.context["page"].decisions == ()


def test_returning_tells_the_holder_why(client, reviewer, submitted):
    decide(client, submitted, "return", note="Please attach the certificate of the ethics course.")

    client.force_login(submitted.holder.user)
    shown = client.get(submitted.get_absolute_url()).content.decode()
    assert "Please attach the certificate of the ethics course." in shown
    assert "Check and submit again" in shown


@pytest.mark.parametrize(
    ("move", "told"),
    [("return", "Declaration {} was returned to its holder."), ("deny", "Declaration {} was denied.")],
)
def test_the_reviewer_is_told_what_happened_to_which_declaration(client, reviewer, submitted, move, told):
    assert words_of(decide(client, submitted, move, note="A point is missing.")) == [told.format(submitted.number)]


def test_a_return_without_a_reason_is_refused(client, reviewer, submitted):
    assert "Write a reason" in words_of(decide(client, submitted, "return"))[0]


@pytest.mark.parametrize("move", ["renew", "nonsense"])
def test_other_moves_are_not_offered(client, reviewer, submitted, move):
    decide(client, submitted, move)

    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_other_staff_look_but_do_not_decide(client, submitted, role):
    client.force_login(UserFactory(roles=[role]))

    assert review(client, submitted).context["page"].decisions == ()
    assert decide(client, submitted, "approve").status_code == 403


def test_holders_do_not_enter_the_back_office(client, submitted):
    client.force_login(submitted.holder.user)

    assert review(client, submitted).status_code == 403


def test_the_queue_lists_what_was_received(client, reviewer, submitted):
    answer = client.get(reverse("admin:declarations_declaration_changelist"), {"state__exact": "submitted"})

    assert submitted.number in answer.content.decode()


def test_a_holder_has_no_moves_after_the_decision():
    declaration = DeclarationFactory(state=State.ELIGIBLE)

    assert moves_of(HolderUserFactory(holder=declaration.holder), declaration) == []


@pytest.mark.parametrize("key", ["²", "9" * 30, "x", "0"])
def test_a_key_that_no_declaration_has_is_not_found(client, db, key):
    client.force_login(UserFactory(roles=[Role.REVIEWER]))

    assert client.get(f"/admin/declarations/declaration/{key}/change/").status_code == 404
