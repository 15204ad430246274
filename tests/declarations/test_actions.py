from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db.models import Value

from accounts.enums import AlertKind, Role, Withdrawal
from accounts.models import Alert
from cmp_portal.lib.points import PointsField
from credentials.models import Cycle
from declarations import actions
from declarations.enums import State
from declarations.models import Declaration, Step
from declarations.queries.sealing import contents_of
from declarations.rules import Blocker, chained
from education import actions as education_actions
from education.models import Allocation, Credit, CycleStatus
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
    complete_cycle,
)

pytestmark = pytest.mark.django_db
BOARD = ZoneInfo("America/Chicago")


def noon(*day):
    return datetime(*day, 12, tzinfo=BOARD)


TENTH_OF_MARCH = noon(2026, 3, 10)


@pytest.fixture
def ready():
    """A complete cycle that ends on 31 March 2026, on 10 March."""
    with time_machine.travel(noon(2026, 3, 10), tick=False):
        yield complete_cycle(at=noon(2026, 3, 10))


@pytest.fixture
def user(ready):
    return HolderUserFactory(holder=ready.holder)


@pytest.fixture
def submit(ready, user):
    attestation = AttestationFactory()
    return lambda at=TENTH_OF_MARCH: actions.submit(cycle=ready, attestation=attestation, by=user, at=at)


def test_submit_gives_number_and_receipt(submit):
    declaration = submit()

    assert declaration.state == State.SUBMITTED
    assert declaration.number == f"2026-{declaration.pk:08d}"
    assert declaration.received_on == date(2026, 3, 10)


def test_submit_twice_is_one_declaration_with_one_receipt(submit):
    first, second = submit(), submit(at=noon(2026, 3, 11))

    assert first == second
    assert Declaration.objects.get().received_on == date(2026, 3, 10)
    assert Step.objects.count() == 1


def test_submit_freezes_the_shares_and_the_rules(submit, ready):
    submit()

    ready.refresh_from_db()
    assert ready.shares_frozen_at is not None
    assert ready.requirement_set.frozen_at is not None


def test_submit_freezes_every_share_in_a_chain(submit, ready):
    declaration = submit()

    rows = list(declaration.declared.order_by("position"))
    assert len(rows) == ready.allocations.count()
    previous = ""
    for row in rows:
        assert (row.previous_hash, row.hash) == (previous, chained(previous, row.content))
        previous = row.hash


def test_submit_freezes_the_digests_of_the_documents(submit, ready):
    share = ready.allocations.get(area__code="ethics")
    evidence = EvidenceFactory(credit=share.credit)

    row = submit().declared.get(content__credit=str(share.credit.uuid))

    assert row.content["evidence"] == [evidence.sha256]


def test_what_is_signed_has_each_document_in_view_once_for_each_share(ready):
    share = ready.allocations.get(area__code="rest")
    chemistry = ready.requirement_set.areas.get(code="chemistry")
    Allocation.objects.filter(pk=share.pk).update(points=Value(share.points - 1, PointsField()))
    Credit.objects.filter(pk=share.credit_id).update(subjects=["management", "chemistry"])
    AllocationFactory(cycle=ready, credit=share.credit, area=chemistry, points=Decimal(1))
    evidence = EvidenceFactory(credit=share.credit)
    EvidenceFactory(credit=share.credit, sha256="0" * 64, removed_at=TENTH_OF_MARCH)

    signed = [content["evidence"] for content in contents_of(ready) if content["credit"] == str(share.credit.uuid)]

    assert signed == [[evidence.sha256]] * 2


def test_submit_is_refused_before_the_declaration_opens(submit):
    with pytest.raises(actions.NotReady) as refusal:
        submit(at=noon(2025, 12, 30))

    assert refusal.value.readiness.blockers == [Blocker.NOT_OPEN]


def test_submit_opens_90_days_before_the_end(submit):
    assert submit(at=noon(2025, 12, 31)).state == State.SUBMITTED


def test_submit_is_refused_while_something_is_missing(submit, ready):
    Allocation.objects.filter(cycle=ready).first().delete()

    with pytest.raises(actions.NotReady) as refusal:
        submit()

    assert refusal.value.readiness.blockers == [Blocker.INCOMPLETE]
    assert not Declaration.objects.exists()


def test_submit_withdraws_the_request_to_declare(submit, ready):
    submit()

    assert [alert.kind for alert in Alert.objects.shown()] == [AlertKind.DECLARATION_MOVED]


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 4, 2)])
def test_submit_withdraws_the_reminders_of_the_end(submit, ready, day):
    actions.remind(on=day, at=noon(2026, 3, 9))
    assert Alert.objects.shown().filter(kind__in=[AlertKind.ONE_MONTH_LEFT, AlertKind.EXPIRED]).count() == 1

    submit()

    assert [alert.kind for alert in Alert.objects.shown()] == [AlertKind.DECLARATION_MOVED]


def test_approve_in_the_month_of_expiry_renews_at_once(submit, ready, reviewer):
    declaration = actions.approve(declaration=submit(), by=reviewer, at=noon(2026, 3, 12))

    following = Cycle.objects.get(credential=ready.credential, closed_at=None)
    assert declaration.state == State.RENEWED
    assert (following.starts_on, following.ends_on) == (date(2026, 4, 1), date(2029, 3, 31))


def test_approve_before_the_month_of_expiry_waits_for_it(submit, ready, reviewer):
    declaration = actions.approve(declaration=submit(at=noon(2026, 1, 10)), by=reviewer, at=noon(2026, 1, 20))
    before = actions.roll(on=date(2026, 2, 28), at=noon(2026, 2, 28))
    after = actions.roll(on=date(2026, 3, 1), at=noon(2026, 3, 1))

    declaration.refresh_from_db()
    assert (before, after, declaration.state) == (0, 1, State.RENEWED)


def test_the_leap_day_does_not_drift(reviewer):
    cycle = CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=date(2033, 3, 1), ends_on=date(2036, 2, 29)
    )
    credential = cycle.credential
    credential.anchor_on = date(2024, 2, 29)
    credential.save()
    allocate_all(cycle)
    user, attestation = HolderUserFactory(holder=cycle.holder), AttestationFactory()

    declaration = actions.submit(cycle=cycle, attestation=attestation, by=user, at=noon(2036, 2, 1))
    actions.approve(declaration=declaration, by=reviewer, at=noon(2036, 2, 2))

    following = Cycle.objects.select_related("credential").get(credential=credential, closed_at=None)
    assert (following.starts_on, following.ends_on) == (date(2036, 3, 1), date(2039, 2, 28))
    assert following.credential.anchor_on == date(2024, 2, 29)


def test_roll_twice_renews_once(submit, reviewer):
    actions.approve(declaration=submit(at=noon(2026, 1, 10)), by=reviewer, at=noon(2026, 1, 20))

    renewed = [actions.roll(on=date(2026, 3, 1), at=noon(2026, 3, 1)) for _time in range(2)]

    assert renewed == [1, 0]
    assert Cycle.objects.count() == 2


def test_renewal_is_told_to_the_holder(submit, reviewer):
    actions.approve(declaration=submit(), by=reviewer, at=noon(2026, 3, 12))

    told = Alert.objects.get(kind=AlertKind.RENEWED)
    assert told.title == "MLS(ASCP) is renewed until 31 March 2029"


def test_a_declaration_after_the_end_reinstates(submit, ready, reviewer):
    declaration = submit(at=noon(2026, 4, 20))
    actions.approve(declaration=declaration, by=reviewer, at=noon(2026, 5, 2))

    following = Cycle.objects.get(credential=ready.credential, closed_at=None)
    assert (following.starts_on, following.ends_on) == (date(2026, 4, 21), date(2029, 4, 20))
    following.credential.refresh_from_db()
    assert following.credential.anchor_on == date(2029, 4, 20)


def test_a_returned_declaration_keeps_its_first_receipt(submit, ready, reviewer):
    declaration = submit()
    actions.send_back(declaration=declaration, by=reviewer, at=noon(2026, 3, 12), note="Which course was this?")
    again = submit(at=noon(2026, 3, 20))

    assert again.pk == declaration.pk
    assert again.received_on == date(2026, 3, 10)
    assert [step.to_state for step in again.steps.order_by("id")] == [
        State.SUBMITTED,
        State.RETURNED,
        State.SUBMITTED,
    ]


@pytest.mark.parametrize(("decide", "word"), [(actions.send_back, "returned"), (actions.deny, "denied")])
def test_once_submitted_again_the_alert_that_asked_for_it_is_withdrawn(submit, reviewer, decide, word):
    decide(declaration=submit(), by=reviewer, at=noon(2026, 3, 12), note="Which course was this?")
    asking = Alert.objects.filter(kind=AlertKind.DECLARATION_MOVED, title__contains=word)
    assert asking.shown().count() == 1

    submit(at=noon(2026, 3, 20))

    assert asking.get().withdrawn_because == Withdrawal.DECLARED


def test_submitting_for_one_credential_leaves_what_was_said_of_another(submit, ready, user, reviewer):
    actions.send_back(declaration=submit(), by=reviewer, at=noon(2026, 3, 12), note="Which course was this?")
    other = complete_cycle(holder=ready.holder, at=noon(2026, 3, 12))

    actions.submit(cycle=other, attestation=AttestationFactory(), by=user, at=noon(2026, 3, 20))

    asking = Alert.objects.filter(kind=AlertKind.DECLARATION_MOVED, title__contains="returned")
    assert asking.get().withdrawn_at is None


def test_a_returned_declaration_may_be_changed(submit, ready, user, reviewer):
    declaration = submit()
    actions.send_back(
        declaration=declaration, by=reviewer, at=noon(2026, 3, 12), note="Please check the safety credit."
    )
    share = ready.allocations.order_by("id").first()

    education_actions.release(credit=share.credit, cycle=ready, area=share.area, by=user, at=noon(2026, 3, 13))

    assert not Allocation.objects.filter(pk=share.pk).exists()


@pytest.mark.parametrize("decide", [actions.send_back, actions.deny])
def test_a_refusal_needs_its_reason(submit, reviewer, decide):
    with pytest.raises(actions.MoveRefused, match="reason"):
        decide(declaration=submit(), by=reviewer, at=noon(2026, 3, 12), note=" ")


def test_deny_reopens_the_cycle(submit, ready, reviewer):
    actions.deny(declaration=submit(), by=reviewer, at=noon(2026, 3, 12), note="The credits cannot be verified.")

    ready.refresh_from_db()
    assert (ready.shares_frozen_at, ready.declared_on) == (None, None)


def test_withdraw_twice_changes_nothing_more(submit, user):
    declaration = submit()

    for _time in range(2):
        actions.withdraw(declaration=declaration, by=user, at=noon(2026, 3, 11))

    assert [step.to_state for step in declaration.steps.order_by("id")] == [State.SUBMITTED, State.WITHDRAWN]


def test_nobody_decides_on_their_own_declaration(submit, user):
    user.roles = [Role.REVIEWER]
    user.save()

    with pytest.raises(actions.MoveRefused, match="not allowed"):
        actions.approve(declaration=submit(), by=user, at=noon(2026, 3, 12))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_reviewers_decide(submit, role):
    with pytest.raises(actions.MoveRefused, match="not allowed"):
        actions.approve(declaration=submit(), by=UserFactory(roles=[role]), at=noon(2026, 3, 12))


def test_what_is_decided_is_not_decided_again(submit, reviewer):
    declaration = submit()
    actions.approve(declaration=declaration, by=reviewer, at=noon(2026, 3, 12))

    with pytest.raises(actions.MoveRefused, match="Renewed"):
        actions.deny(declaration=declaration, by=reviewer, at=noon(2026, 3, 12), note="Too late.")


def test_what_was_declared_is_never_allocated_anew(submit, ready, user):
    submit()
    credit = CreditFactory(holder=ready.holder, subjects=["chemistry"])
    area = ready.requirement_set.areas.get(code="chemistry")

    with pytest.raises(education_actions.AllocationRefused, match="declared"):
        education_actions.allocate(
            credit=credit, cycle=ready, area=area, points=credit.points, by=user, at=noon(2026, 3, 11)
        )


@pytest.mark.parametrize("decide", [actions.send_back, actions.deny])
def test_a_cycle_that_opens_again_fits_its_credits(submit, ready, reviewer, decide):
    declaration = submit()
    share = ready.allocations.get(area__code="chemistry")
    Credit.objects.filter(pk=share.credit_id).update(points=Value(Decimal("0.80"), PointsField()))

    decide(declaration=declaration, by=reviewer, at=noon(2026, 3, 12), note="The chemistry course was shorter.")

    share.refresh_from_db()
    assert share.points == Decimal("0.75")
    assert Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).count() == 1


def test_a_cycle_that_opens_again_lets_go_of_withdrawn_credits(submit, ready, user):
    declaration = submit()
    share = ready.allocations.get(area__code="chemistry")
    Credit.objects.filter(pk=share.credit_id).update(withdrawn_at=noon(2026, 3, 11))

    actions.withdraw(declaration=declaration, by=user, at=noon(2026, 3, 12))

    assert not Allocation.objects.filter(pk=share.pk).exists()


def test_a_cycle_that_opens_again_says_what_no_longer_counts(submit, ready, reviewer):
    declaration = submit()
    share = ready.allocations.get(area__code="chemistry")
    Credit.objects.filter(pk=share.credit_id).update(subjects=["ethics"])

    actions.send_back(declaration=declaration, by=reviewer, at=noon(2026, 3, 12), note="The course was in ethics.")

    assert not CycleStatus.objects.get(cycle=ready).is_complete
    assert Alert.objects.filter(kind=AlertKind.NO_LONGER_COMPLETE).count() == 1
