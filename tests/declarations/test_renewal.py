"""A batch of renewals: its queries, and the mail to each holder."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError

from accounts.actions import CompletedWithProblems, deliver, run_job
from accounts.enums import SUBJECTS, AlertKind, Role
from accounts.models import JobRun
from credentials.enums import Hold
from credentials.models import Credential
from declarations import actions
from declarations.actions import renewal
from declarations.enums import Move, State
from declarations.models import Declaration
from declarations.queries import is_reinstatement
from tests.declarations import appealing
from tests.declarations.reviews import LATER, submitted
from tests.factories import CycleFactory, DeclarationFactory, RequirementSetFactory, UserFactory

pytestmark = pytest.mark.django_db
MARCH = LATER.replace(month=3, day=1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_is_renewed_in_a_fixed_number_of_queries(now, count, django_assert_num_queries):
    for _declaration in range(count):
        DeclarationFactory(state=State.ELIGIBLE)

    # One batch, and the look that finds nothing more; four of them are savepoints.
    with django_assert_num_queries(18):
        assert actions.roll(on=date(2026, 12, 31), at=now) == count


@pytest.fixture
def unrenewable(now):
    """A declaration in place of whose next cycle there is one already, as from an odd line of the register."""
    cycle = CycleFactory(mls=True, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    since, until = (cycle.ends_on + timedelta(days=days) for days in (400, 800))
    same = {"holder": cycle.holder, "credential": cycle.credential, "requirement_set": cycle.requirement_set}
    CycleFactory(**same, starts_on=since, ends_on=until, closed_at=now, shares_frozen_at=now)
    return DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)


def failed(declaration):
    return rf"1 failed: declaration {declaration.number} \(IntegrityError\)"


def test_one_that_can_not_be_renewed_keeps_no_other_waiting(now, unrenewable):
    others = [DeclarationFactory(state=State.ELIGIBLE) for _ in range(2)]

    with pytest.raises(CompletedWithProblems, match=failed(unrenewable)) as problem:
        actions.roll(on=date(2026, 12, 31), at=now)

    assert problem.value.rows == 2
    assert {Declaration.objects.get(pk=one.pk).state for one in others} == {State.RENEWED}


def test_one_that_is_asked_for_fails_as_it_is(now, unrenewable):
    with pytest.raises(IntegrityError, match="never_overlap"):
        actions.roll(on=date(2026, 12, 31), at=now, only=[unrenewable.pk])


@pytest.fixture
def in_place():
    """Put a cycle where the next one of a declaration would be."""

    def put(declaration, at):
        cycle = declaration.cycle
        same = {"holder": cycle.holder, "credential": cycle.credential, "requirement_set": cycle.requirement_set}
        days = {"starts_on": date(2028, 1, 1), "ends_on": date(2028, 12, 31)}
        return CycleFactory(**same, **days, closed_at=at, shares_frozen_at=at)

    return put


REFUSED = (
    "The next cycle of this credential would overlap the one from 1 January 2028 to 31 December 2028, so it can't be"
    " renewed. Nothing was changed. Ask an operator to correct the cycles, then decide again."
)


def test_approval_is_refused_while_a_cycle_is_in_place_of_the_next(reviewer, in_place):
    declaration = submitted()
    in_place(declaration, LATER)

    with pytest.raises(actions.MoveRefused) as refusal:
        actions.approve(declaration=declaration, by=reviewer, at=MARCH)

    declaration.refresh_from_db()
    assert (str(refusal.value), declaration.state, declaration.decided_at) == (REFUSED, State.SUBMITTED, None)
    assert not declaration.steps.filter(move=Move.APPROVE).exists()


def test_one_in_the_way_of_its_own_renewal_is_left_by_a_bulk_approval(reviewer, in_place):
    declarations = [submitted(), submitted(), submitted()]
    in_place(declarations[1], LATER)

    done = actions.approve_unflagged(declarations=declarations, by=reviewer, at=MARCH)

    assert [Declaration.objects.get(pk=one.pk).state for one in declarations] == [
        State.RENEWED, State.SUBMITTED, State.RENEWED,
    ]  # fmt: skip
    assert [(left.number, left.why) for left in done.left] == [(declarations[1].number, REFUSED)]


def test_appeal_is_refused_too(reviewer, in_place):
    cycle = appealing.cycle_of_a_user()
    declaration = appealing.appealed(appealing.denied(cycle, UserFactory(roles=[Role.REVIEWER])))
    in_place(declaration, LATER)

    with pytest.raises(actions.MoveRefused, match="would overlap"):
        actions.overturn(declaration=declaration, by=reviewer, at=MARCH, note="The letter shows it.")

    declaration.refresh_from_db()
    assert declaration.state == State.APPEALED


def test_an_error_that_no_cycle_explains_stays_one(reviewer, monkeypatch):
    def broken(*args, **options):
        raise IntegrityError("something else")

    declaration = submitted()
    monkeypatch.setattr(renewal, "_roll_batch", broken)

    with pytest.raises(IntegrityError, match="something else"):
        actions.approve(declaration=declaration, by=reviewer, at=MARCH)


def test_run_ends_when_the_database_is_gone(now, monkeypatch):
    def gone(*args, **options):
        raise OperationalError

    monkeypatch.setattr(renewal, "_roll_batch", gone)

    with pytest.raises(OperationalError):
        actions.roll(on=date(2026, 12, 31), at=now)


def test_command_names_what_can_not_be_renewed(now, unrenewable):
    with pytest.raises(CommandError, match=f"^0 renewed; {failed(unrenewable)}$") as problem:
        call_command("roll_cycles")

    assert problem.value.returncode == 1


def test_dry_run_counts_what_is_due_and_renews_nothing(now, capsys):
    cycle = CycleFactory(mls=True, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    declaration = DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    call_command("roll_cycles", "--dry-run")

    declaration.refresh_from_db()
    assert (capsys.readouterr().out, declaration.state) == ("1 would be renewed\n", State.ELIGIBLE)
    assert not JobRun.objects.exists()


def test_who_renews_by_hand_sees_how_many_are_renewed(now, monkeypatch, unrenewable):
    """In batches, and, once one has failed, one by one."""
    for _declaration in range(2):
        DeclarationFactory(state=State.ELIGIBLE)
    shown = []

    with pytest.raises(CompletedWithProblems):
        run_job("roll_cycles", lambda at: actions.roll(on=date(2026, 12, 31), at=at), show=shown.append)

    assert shown == [0, 1, 2]


def test_batches_are_shown_as_they_are_renewed(now, monkeypatch):
    monkeypatch.setattr(renewal, "BATCH", 1)
    for _declaration in range(2):
        DeclarationFactory(state=State.ELIGIBLE)
    shown = []

    run_job("roll_cycles", lambda at: actions.roll(on=date(2026, 12, 31), at=at), show=shown.append)

    assert shown == [1, 2]


def test_renewal_is_mailed_once_with_its_number_and_days(now):
    declaration = submitted()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    deliver(at=LATER)
    mail.outbox.clear()

    for _time in range(2):
        actions.roll(on=MARCH.date(), at=MARCH)
        deliver(at=MARCH)

    (sent,) = mail.outbox
    assert sent.to == [declaration.holder.email]
    for body in (sent.body, sent.alternatives[0].content):
        assert declaration.number in body
        assert "1 April 2026 to 31 March 2029" in body


def test_the_subject_of_that_mail_tells_nothing_of_its_holder(now):
    declaration = submitted()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    actions.roll(on=MARCH.date(), at=MARCH)
    deliver(at=MARCH)

    (renewed,) = [sent for sent in mail.outbox if "3 years" in sent.body]
    assert renewed.subject == f"{settings.BOARD_NAME}: {SUBJECTS[AlertKind.RENEWED]}"
    holder, code = declaration.holder, declaration.cycle.credential.credential_type.code
    for word in (holder.first_name, holder.last_name, holder.customer_number, declaration.number, code, "2029"):
        assert word not in renewed.subject


@pytest.mark.parametrize(("on", "renewed"), [(date(2026, 11, 30), 0), (date(2026, 12, 1), 1)])
def test_what_ends_with_the_year_is_renewed_in_its_last_month(now, on, renewed):
    cycle = CycleFactory(starts_on=date(2024, 1, 1), ends_on=date(2026, 12, 31))
    DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    assert actions.roll(on=on, at=now) == renewed


def test_what_was_revoked_since_its_approval_is_not_renewed(now):
    declaration = DeclarationFactory(state=State.ELIGIBLE)
    held = {"hold": Hold.REVOKED, "hold_reason": "Fraud", "hold_by": UserFactory(), "hold_at": now}
    Credential.objects.filter(cycles=declaration.cycle).update(**held)

    assert actions.roll(on=declaration.cycle.ends_on, at=now) == 0


def test_a_declaration_of_the_last_day_is_no_reinstatement(now):
    declaration = DeclarationFactory(state=State.ELIGIBLE)
    ends_on = declaration.cycle.ends_on

    days = (ends_on, ends_on + timedelta(days=1))
    assert [is_reinstatement(Declaration(cycle=declaration.cycle, received_on=day)) for day in days] == [False, True]


def test_the_next_cycle_has_the_version_that_applies_at_its_end(now):
    cycle = CycleFactory(ending=True)
    kind = cycle.requirement_set.credential_type
    version = RequirementSetFactory(credential_type=kind, version="2", applies_from=date(2028, 1, 1))
    DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    actions.roll(on=date(2026, 12, 31), at=now)

    assert cycle.credential.cycles.get(closed_at=None).requirement_set == version


def test_a_cycle_that_no_version_applies_to_yet_follows_the_old_ones(now):
    cycle = CycleFactory(ending=True, requirement_set=RequirementSetFactory(applies_from=date(2099, 1, 1)))
    RequirementSetFactory(
        credential_type=cycle.requirement_set.credential_type, version="2", applies_from=date(2099, 7, 1)
    )
    DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    renewed = actions.roll(on=date(2026, 12, 31), at=now)

    new = cycle.credential.cycles.get(closed_at=None)
    assert (renewed, new.requirement_set) == (1, cycle.requirement_set)
