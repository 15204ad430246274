"""Rulings, claims, notes and approving many: legal, illegal, twice, at once, rolled back."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from declarations import actions
from declarations.enums import Flag, Ruled, State
from declarations.models import AtWork, Note, Ruling, Waiting
from declarations.queries import judged_standing, said_of_credit, said_to_holder
from education.models import Credit
from tests.declarations.reviews import AT, LATER, area_of, credit_in, submitted
from tests.factories import CreditFactory, EvidenceFactory, UserFactory, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


@pytest.fixture
def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def rule(declaration, reviewer):
    """Says something of the credit declared in an area."""

    def say(outcome, of="ethics", *, by=reviewer, at=LATER, **said):
        return actions.rule(
            declaration=declaration, credit=credit_in(declaration, of), outcome=outcome, by=by, at=at, **said
        )

    return say


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
        (Ruled.REFUSED, {"reason": " "}, "Write the reason"),
        (Ruled.MOVED, {"reason": "It is about management."}, "Choose the area"),
    ],
)
def test_what_is_said_is_whole(rule, outcome, said, why):
    with pytest.raises(actions.MoveRefused, match=why):
        rule(outcome, **said)


def test_only_declared_credits_are_judged(declaration, reviewer):
    other = CreditFactory(holder=declaration.holder)

    with pytest.raises(actions.MoveRefused, match="not part of the newest submission"):
        actions.rule(declaration=declaration, credit=other, outcome=Ruled.ACCEPTED, by=reviewer, at=LATER)


def test_the_same_said_twice_is_said_once(rule):
    first, second = (rule(Ruled.REFUSED, reason="It is a staff meeting.") for _time in range(2))

    assert first == second


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_reviewers_judge(rule, role):
    with pytest.raises(actions.MoveRefused, match="not yours to judge"):
        rule(Ruled.ACCEPTED, by=UserFactory(roles=[role]))


def test_nobody_judges_their_own(rule, declaration):
    user = declaration.holder.user
    user.roles = [Role.REVIEWER]
    user.save()

    with pytest.raises(actions.MoveRefused, match="not yours to judge"):
        rule(Ruled.ACCEPTED, by=user)


@pytest.mark.parametrize("state", [State.RETURNED, State.DENIED, State.ELIGIBLE, State.APPEALED])
def test_what_is_decided_is_not_judged(rule, declaration, state):
    in_state(declaration, state)

    with pytest.raises(actions.MoveRefused, match="decided already"):
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

    with pytest.raises(actions.MoveRefused, match=r"You still need 1: 1 in medical ethics\."):
        actions.approve(declaration=declaration, by=reviewer, at=LATER)

    declaration.refresh_from_db()
    assert declaration.state == State.SUBMITTED


def test_what_its_provider_took_back_is_not_approved(declaration, reviewer):
    Credit.objects.filter(pk=credit_in(declaration, "ethics").pk).update(withdrawn_at=AT)

    with pytest.raises(actions.MoveRefused, match="1 in medical ethics"):
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

    words = "The Board did not accept this because: It is a staff meeting."
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


# --- Who is at work ---------------------------------------------------------------------------------------------------


def test_what_a_colleague_has_is_not_taken(declaration, reviewer):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="was faster"):
        actions.claim(declaration=declaration, by=reviewer, at=LATER)


@pytest.mark.parametrize("decide", [actions.approve, actions.send_back, actions.deny])
def test_what_a_colleague_has_is_not_decided(declaration, reviewer, decide):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="is at work on this declaration"):
        decide(declaration=declaration, by=reviewer, at=LATER, note="As the file shows.")


def test_what_a_colleague_has_is_not_judged(declaration, rule):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="is at work on this declaration"):
        rule(Ruled.ACCEPTED)


def test_its_holder_withdraws_it_all_the_same(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    withdrawn = actions.withdraw(declaration=declaration, by=declaration.holder.user, at=LATER)

    assert (withdrawn.state, AtWork.objects.count()) == (State.WITHDRAWN, 0)


@pytest.mark.parametrize(("minutes", "taken"), [(29, False), (30, True)])
def test_a_claim_lapses(declaration, reviewer, settings, minutes, taken):
    settings.REVIEW_LEASE_MINUTES = 30
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    later = LATER + timedelta(minutes=minutes)
    with suppress(actions.MoveRefused):
        actions.claim(declaration=declaration, by=reviewer, at=later)

    assert (AtWork.objects.get().taken_by == reviewer) is taken


def test_ones_own_claim_is_kept_longer(declaration, reviewer):
    for minutes in (0, 20):
        actions.claim(declaration=declaration, by=reviewer, at=LATER + timedelta(minutes=minutes))

    assert AtWork.objects.get().taken_at == LATER + timedelta(minutes=20)


def test_taking_over_is_said_out_loud(declaration, reviewer):
    colleague = UserFactory(roles=[Role.REVIEWER])
    actions.claim(declaration=declaration, by=colleague, at=LATER)

    actions.take_over(declaration=declaration, seen=colleague.pk, by=reviewer, at=LATER)

    assert AtWork.objects.get().taken_by == reviewer


def test_nobody_takes_over_from_another_than_they_saw(declaration, reviewer):
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))
    actions.claim(declaration=declaration, by=second, at=LATER)

    with pytest.raises(actions.MoveRefused, match="Look again"):
        actions.take_over(declaration=declaration, seen=first.pk, by=reviewer, at=LATER)


def test_giving_back_twice_changes_nothing(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    for _time in range(2):
        actions.release(declaration=declaration, by=reviewer, at=LATER)

    assert not AtWork.objects.exists()


def test_nobody_gives_back_what_another_has(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    actions.release(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    assert AtWork.objects.get().taken_by == reviewer


@pytest.mark.parametrize("state", [State.RETURNED, State.ELIGIBLE])
def test_what_is_decided_is_not_taken(declaration, reviewer, state):
    in_state(declaration, state)

    with pytest.raises(actions.MoveRefused, match="decided already"):
        actions.claim(declaration=declaration, by=reviewer, at=LATER)


# --- Notes ------------------------------------------------------------------------------------------------------------


def test_a_private_note_is_not_told(declaration, reviewer):
    before = Alert.objects.count()

    actions.write_note(declaration=declaration, uuid=uuid4(), text=" Compare. ", is_shared=False, by=reviewer, at=LATER)

    assert (Note.objects.get().text, Alert.objects.count()) == ("Compare.", before)


def test_a_shared_note_sent_twice_is_told_once(declaration, reviewer):
    said = {"uuid": uuid4(), "text": "Please send the syllabus.", "is_shared": True}

    for _time in range(2):
        actions.write_note(declaration=declaration, by=reviewer, at=LATER, **said)

    assert Note.objects.count() == 1
    assert Alert.objects.filter(body="Please send the syllabus.").count() == 1


def test_an_empty_note_is_refused(declaration, reviewer):
    with pytest.raises(actions.MoveRefused, match="Write the note first"):
        actions.write_note(declaration=declaration, uuid=uuid4(), text=" ", is_shared=True, by=reviewer, at=LATER)


@pytest.mark.parametrize(("role", "may"), [(Role.AUDITOR, True), (Role.REGISTRAR, False), (Role.PROVIDER, False)])
def test_who_writes_notes(declaration, role, may):
    said = {"uuid": uuid4(), "text": "Compare.", "is_shared": False, "by": UserFactory(roles=[role]), "at": LATER}
    try:
        actions.write_note(declaration=declaration, **said)
    except actions.MoveRefused:
        assert not may

    assert Note.objects.exists() is may


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_only_what_has_no_flag_is_approved_with_others(declaration, reviewer):
    late, taken, judged, audited = submitted(at=AT + timedelta(days=25)), submitted(), submitted(), submitted()
    actions.claim(declaration=taken, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    actions.rule(
        declaration=judged, credit=credit_in(judged, "rest"), outcome=Ruled.REFUSED, reason="No.", by=reviewer, at=LATER
    )
    in_state(audited, State.UNDER_AUDIT)

    done = actions.approve_unflagged(declarations=[declaration, late, taken, judged, audited], by=reviewer, at=LATER)

    assert done.approved == (declaration.number,)
    assert [(left.number, left.why.partition(" is at")[2][:5] or left.why) for left in done.left] == [
        (late.number, "Late"),
        (taken.number, " work"),
        (judged.number, "Some of its credits are not accepted."),
        (audited.number, "Under audit"),
    ]


def test_approving_many_twice_changes_nothing_more(declaration, reviewer):
    first, second = (actions.approve_unflagged(declarations=[declaration], by=reviewer, at=LATER) for _time in range(2))

    assert (len(first.approved), len(second.approved)) == (1, 0)
    assert "no longer possible" in second.left[0].why


def test_one_that_came_up_meanwhile_is_left(declaration, reviewer):
    Credit.objects.filter(pk=credit_in(declaration, "ethics").pk).update(corrected_at=LATER)

    done = actions.approve_unflagged(declarations=[declaration], by=reviewer, at=LATER + timedelta(hours=1))

    assert [left.why for left in done.left] == ["Changed since declared"]


def test_nobody_approves_their_own_with_others(declaration):
    user = declaration.holder.user
    user.roles = [Role.REVIEWER]
    user.save()

    done = actions.approve_unflagged(declarations=[declaration], by=user, at=LATER)

    assert [left.why for left in done.left] == ["You may not decide on this declaration."]


# --- The queue follows ------------------------------------------------------------------------------------------------


def test_a_declaration_without_anything_to_note_has_no_flag(declaration):
    assert flags_of(declaration) == []


@pytest.mark.parametrize(("days", "flags"), [(18, []), (19, ["late"]), (49, ["late"]), (50, ["reinstatement"])])
def test_the_flag_of_a_late_receipt(db, days, flags):
    assert flags_of(submitted(at=AT + timedelta(days=days))) == flags


def test_a_self_recorded_credit_without_document_is_flagged(declaration):
    credit = credit_in(declaration, "ethics")
    Credit.objects.filter(pk=credit.pk).update(provider=None, external_id=None, provider_name="County Hospital")

    actions.mend_queue(on=LATER.date(), at=LATER)
    without = flags_of(declaration)
    EvidenceFactory(credit=credit)
    actions.mend_queue(on=LATER.date(), at=LATER)

    assert (without, flags_of(declaration)) == (["evidence"], [])


def test_mending_twice_changes_nothing(declaration):
    Waiting.objects.all().delete()

    mended = [actions.mend_queue(on=LATER.date(), at=LATER) for _time in range(2)]

    assert (mended, flags_of(declaration)) == ([1, 0], [])


def test_mending_keeps_what_is_unusual(declaration):
    Waiting.objects.update(flags=[Flag.UNUSUAL, Flag.LATE])

    actions.mend_queue(on=LATER.date(), at=LATER)

    assert flags_of(declaration) == [Flag.UNUSUAL]


def test_mending_takes_out_what_is_decided(declaration, reviewer):
    place = Waiting.objects.get()
    actions.approve(declaration=declaration, by=reviewer, at=LATER)
    place.save(force_insert=True)

    assert actions.mend_queue(on=LATER.date(), at=LATER) == 1
    assert not Waiting.objects.exists()


def test_the_due_day_is_the_cycles_end_unless_the_board_says_how_long_it_takes(declaration, settings):
    before = Waiting.objects.get().due_on
    settings.REVIEW_DAYS = 21
    actions.mend_queue(on=LATER.date(), at=LATER)

    assert (before, Waiting.objects.get().due_on) == (declaration.cycle.ends_on, AT.date() + timedelta(days=21))


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_take_it_at_once(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.claim(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.claim(declaration=declaration, by=second, at=LATER))
        until_blocked()

    assert "was faster" in str(other.exception())
    assert AtWork.objects.get().taken_by == first


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_decide_at_once(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.approve(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.deny(declaration=declaration, by=second, at=LATER, note="No."))
        until_blocked()

    assert "no longer possible" in str(other.exception())


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_the_decision(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.approve(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.claim(declaration=declaration, by=second, at=LATER))
        until_blocked()

    assert "decided already" in str(other.exception())


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_a_ruling(in_thread, until_blocked):
    declaration = submitted()
    reviewer = UserFactory(roles=[Role.REVIEWER])
    credit = credit_in(declaration, "ethics")

    with transaction.atomic():
        actions.rule(declaration=declaration, credit=credit, outcome=Ruled.REFUSED, reason="No.", by=reviewer, at=LATER)
        other = in_thread(lambda: actions.approve(declaration=declaration, by=reviewer, at=LATER))
        until_blocked()

    assert "1 in medical ethics" in str(other.exception())
