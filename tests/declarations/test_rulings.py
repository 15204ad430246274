"""Reviewers' rulings on credits, and their effect on approval and return."""

import pytest
from django.db import transaction

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from declarations import actions
from declarations.enums import Flag, Ruled, State
from declarations.models import AtWork, Ruling, Waiting
from declarations.queries import judged_standing, said_of_credit, said_to_holder
from education.models import Credit
from tests.declarations.reviews import AT, LATER, SPARE, area_of, credit_in, ruling, submitted
from tests.factories import CreditFactory, UserFactory, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


@pytest.fixture
def rule(declaration, reviewer):
    return ruling(declaration, reviewer)


def flags_of(declaration):
    return Waiting.objects.get(declaration=declaration).flags


# --- Credit by credit -------------------------------------------------------------------------------------------------


def test_a_refused_credit_counts_no_more(rule, declaration):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")

    standing = judged_standing(declaration)
    assert (standing.is_complete, standing.total.counted) == (False, 35)


def test_what_was_signed_stays_as_it_was(rule, declaration):
    before = list(declaration.declared.values_list("hash"))

    rule(Ruled.REFUSED, reason="It is a staff meeting.")

    assert list(declaration.declared.values_list("hash")) == before
    assert declaration.cycle.allocations.filter(area__code="ethics").exists()


def test_accepting_takes_back_what_was_refused(rule, declaration):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")
    rule(Ruled.ACCEPTED)

    assert judged_standing(declaration).is_complete
    assert Ruling.objects.count() == 2


def test_a_credit_moves_to_an_area_that_accepts_it(rule, declaration):
    rule(Ruled.MOVED, "chemistry", area=area_of(declaration, "rest"), reason="It is about management.")

    counted = {area.code: area.counted for area in judged_standing(declaration).areas}
    assert (counted["chemistry"], counted["rest"]) == (0, 28)


def test_a_credit_does_not_move_where_it_is_not_accepted(rule, declaration):
    with pytest.raises(actions.MoveRefused, match="can't count there"):
        rule(Ruled.MOVED, "chemistry", area=area_of(declaration, "ethics"), reason="It is about ethics.")

    assert not Ruling.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "said", "why"),
    [
        (Ruled.REFUSED, {"reason": " "}, "Write a reason"),
        (Ruled.MOVED, {"reason": "It is about management."}, "Choose the area"),
    ],
)
def test_what_is_said_is_whole(rule, outcome, said, why):
    with pytest.raises(actions.MoveRefused, match=why):
        rule(outcome, **said)


def test_what_is_no_longer_declared_is_not_judged(reviewer):
    declaration = submitted(spare=True)
    taken_out = Credit.objects.get(title=SPARE)
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Which course was this?")
    taken_out.allocations.all().delete()
    signs = {"attestation": declaration.attestation, "by": declaration.holder.user, "at": LATER}
    actions.submit(cycle=declaration.cycle, **signs)

    with pytest.raises(actions.MoveRefused, match="not part of the latest submission"):
        actions.rule(declaration=declaration, credit=taken_out, outcome=Ruled.ACCEPTED, by=reviewer, at=LATER)


def test_only_declared_credits_are_judged(declaration, reviewer):
    other = CreditFactory(holder=declaration.holder)

    with pytest.raises(actions.MoveRefused, match="not part of the latest submission"):
        actions.rule(declaration=declaration, credit=other, outcome=Ruled.ACCEPTED, by=reviewer, at=LATER)


def test_the_same_said_twice_is_said_once(rule):
    first, second = (rule(Ruled.REFUSED, reason="It is a staff meeting.") for _time in range(2))

    assert first == second


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_reviewers_judge(rule, role):
    with pytest.raises(actions.MoveRefused, match="can't review the credits"):
        rule(Ruled.ACCEPTED, by=UserFactory(roles=[role]))


def test_nobody_judges_their_own(rule, declaration):
    user = declaration.holder.user
    user.roles = [Role.REVIEWER]
    user.save()

    with pytest.raises(actions.MoveRefused, match="can't review the credits"):
        rule(Ruled.ACCEPTED, by=user)


@pytest.mark.parametrize("state", [State.RETURNED, State.DENIED, State.ELIGIBLE, State.APPEALED])
def test_what_is_decided_is_not_judged(rule, declaration, state):
    in_state(declaration, state)

    with pytest.raises(actions.MoveRefused, match="already been decided"):
        rule(Ruled.ACCEPTED)


def test_whoever_judges_is_at_work(rule, reviewer):
    rule(Ruled.ACCEPTED)

    assert AtWork.objects.get().taken_by == reviewer


def test_a_ruling_rolled_back_leaves_nothing(rule):
    with transaction.atomic():
        rule(Ruled.ACCEPTED)
        transaction.set_rollback(True)

    assert (Ruling.objects.count(), AtWork.objects.count()) == (0, 0)


# --- Approving and returning ------------------------------------------------------------------------------------------


def test_incomplete_is_not_approved(rule, declaration, reviewer):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")

    with pytest.raises(actions.MoveRefused, match=r"You still need 1 point in medical ethics\."):
        actions.approve(declaration=declaration, by=reviewer, at=LATER)

    declaration.refresh_from_db()
    assert declaration.state == State.SUBMITTED


def test_what_its_provider_took_back_is_not_approved(declaration, reviewer):
    Credit.objects.filter(pk=credit_in(declaration, "ethics").pk).update(withdrawn_at=AT)

    with pytest.raises(actions.MoveRefused, match="1 point in medical ethics"):
        actions.approve(declaration=declaration, by=reviewer, at=LATER)


def test_what_is_judged_complete_is_approved(rule, declaration, reviewer):
    rule(Ruled.ACCEPTED)

    approved = actions.approve(declaration=declaration, by=reviewer, at=LATER)

    assert approved.state == State.ELIGIBLE
    assert (Waiting.objects.count(), AtWork.objects.count()) == (0, 0)


def test_refused_credits_are_reason_enough_to_return(rule, declaration, reviewer):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")

    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="")

    alert = Alert.objects.filter(kind=AlertKind.DECLARATION_MOVED).latest("id")
    assert f"“{credit_in(declaration, 'ethics').title}”: It is a staff meeting." in alert.body
    assert declaration.steps.latest("id").note.startswith("The Board did not accept some of the credits")


def test_the_holder_reads_the_reason_once_it_is_returned(rule, declaration, reviewer):
    credit, user = credit_in(declaration, "ethics"), declaration.holder.user
    rule(Ruled.REFUSED, reason="It is a staff meeting.")
    before = (said_to_holder(declaration), said_of_credit(user, credit.uuid))

    declaration = actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Please mend it.")

    words = "The Board did not accept this. Reason: It is a staff meeting."
    assert before == ((), ())
    assert [one.text for one in said_to_holder(declaration)] == [words]
    assert [one.text for one in said_of_credit(user, credit.uuid)] == [words]


def test_a_stranger_reads_nothing_of_a_credit(rule, declaration, reviewer):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Please mend it.")

    assert said_of_credit(reviewer, credit_in(declaration, "ethics").uuid) == ()


def test_a_new_submission_starts_clean(rule, declaration, reviewer):
    rule(Ruled.REFUSED, reason="It is a staff meeting.")
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Please mend it.")

    again = actions.submit(
        cycle=declaration.cycle, attestation=declaration.attestation, by=declaration.holder.user, at=LATER
    )

    assert judged_standing(again).is_complete
    assert flags_of(again) == [Flag.RETURNED]
