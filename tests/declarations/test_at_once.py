"""Everybody at once: one declaration, one receipt, and what was signed is what was judged."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.enums import Role
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Move, State
from declarations.models import Declaration, DeclaredCredit, Seal, Step
from declarations.queries import to_sign, verification_of
from education.actions import intake, refresh_status
from education.models import Credit
from education.queries import standing_of
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsCredentialTypeFactory,
    RequirementSetFactory,
    SubjectFactory,
    UserFactory,
    allocate_all,
)
from tests.planting import found

pytestmark = pytest.mark.django_db(transaction=True)
AREAS = [("chemistry", "Chemistry", "2", ["chemistry"]), ("rest", "Any", "0", ["*"])]
FILE = """
credential = "MLS(ASCP)"
title = "Medical Laboratory Scientist"
version = "1"
total = "4"
step = "0.25"

[[area]]
code = "chemistry"
title = "Chemistry"
minimum = "{minimum}"
accepts = ["chemistry"]

[[area]]
code = "{rest}"
title = "Any"
accepts = ["*"]
"""
HEADER = "external_id,customer_number,title,kind,subjects,completed_on,points"


@pytest.fixture
def cycle(now):
    """Complete, with two points in each of two areas; its requirements may still change."""
    for code in ("chemistry", "management"):
        SubjectFactory(code=code)
    rules = RequirementSetFactory(credential_type=MlsCredentialTypeFactory(), total=Decimal(4), areas=AREAS)
    cycle = CycleFactory(requirement_set=rules, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    allocate_all(cycle)
    refresh_status([cycle.pk], at=now)
    return cycle


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def submit(cycle, user, now):
    """Submits what its holder was shown; "not ready" or "changed" where it is refused."""
    attestation = AttestationFactory()
    seen = to_sign(cycle, attestation).digest

    def call():
        try:
            return actions.submit(cycle=cycle, attestation=attestation, by=user, at=now, seen=seen).number
        except actions.NotReady:
            return "not ready"
        except actions.ChangedSince:
            return "changed"

    return call


@pytest.fixture
def load(tmp_path):
    """Loads the requirements anew, as an operator does."""

    def call(**changed):
        file = tmp_path / "mls.toml"
        file.write_text(FILE.format(**{"minimum": "2", "rest": "rest"} | changed))
        call_command("load_requirements", str(file), verbosity=0)

    return call


@pytest.fixture
def correct(cycle, now):
    """A provider corrects one of the declared credits by its feed."""
    credit = cycle.allocations.get(area__code="chemistry").credit

    def call(points="1"):
        line = ",".join(
            [credit.external_id, cycle.holder.customer_number, "Corrected", "ce-course", "chemistry",
             str(credit.completed_on), points]
        )  # fmt: skip
        feed = Feed(BytesIO(f"{HEADER}\n{line}\n".encode()), intake.columns(on=date(2026, 3, 10)))
        with transaction.atomic():
            intake.receive(
                feed=feed, provider=credit.provider, name="feed.csv", at=now, progress=Progress(0, StringIO())
            )

    return call


def at_once(in_thread, *calls):
    """All of them start together; what each returned."""
    gate = Barrier(len(calls))

    def waiting(call):
        def run():
            gate.wait()
            return call()

        return run

    return [one.result() for one in [in_thread(waiting(call)) for call in calls]]


def one_and_whole():
    """One declaration, as it was signed, in a world without a difference."""
    declaration = Declaration.objects.get()
    assert declaration.steps.filter(move=Move.SUBMIT).count() == 1
    assert Seal.objects.count() == 1
    assert verification_of(declaration.number).differences == ()
    assert found() == {}
    return declaration


# --- Submitting -------------------------------------------------------------------------------------------------------


def test_from_many_tabs_at_once_it_is_one_declaration(in_thread, submit):
    numbers = at_once(in_thread, submit, submit, submit, submit)

    assert numbers == [one_and_whole().number] * 4


def test_whoever_is_second_waits_and_gets_the_same_receipt(in_thread, until_blocked, submit, cycle):
    with transaction.atomic():
        first = submit()
        second = in_thread(submit)
        until_blocked()

    assert second.result() == first
    assert DeclaredCredit.objects.count() == cycle.allocations.count()


def test_requirements_that_are_being_replaced_are_waited_for(in_thread, until_blocked, submit, load, cycle):
    """The holder was shown other ones, under which everything was there."""
    with transaction.atomic():
        load(minimum="3")
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "not ready"
    assert not Declaration.objects.exists()


def test_requirements_with_other_words_are_to_be_read_first(in_thread, until_blocked, submit, load):
    with transaction.atomic():
        load(minimum="1")
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "changed"
    assert not Declaration.objects.exists()


def test_whoever_replaces_requirements_waits_for_a_declaration(in_thread, until_blocked, submit, load):
    with transaction.atomic():
        submit()
        loading = in_thread(lambda: load(minimum="1"))
        until_blocked()

    assert "nothing was changed" in str(loading.exception())
    assert one_and_whole().requirement_set.frozen_at is not None


@pytest.mark.parametrize("changed", [{"minimum": "3"}, {"rest": "anything"}, {}], ids=["more", "an area gone", "same"])
def test_a_declaration_and_new_requirements_at_once(in_thread, submit, load, changed):
    """Either the requirements were first and the declaration is refused, or the declaration was, and they are."""

    def loading():
        try:
            load(**changed)
        except Exception as refusal:
            return type(refusal).__name__

    number, refusal = at_once(in_thread, submit, loading)

    if Declaration.objects.exists():
        assert number == one_and_whole().number
        assert refusal == ("CommandError" if changed else None)
    else:
        assert (number, refusal) in {("not ready", None), ("changed", None)}
        assert found() == {}


def test_a_correction_that_comes_first_is_waited_for(in_thread, until_blocked, submit, correct):
    with transaction.atomic():
        correct()
        waiting = in_thread(submit)
        until_blocked()

    assert waiting.result() == "not ready"
    assert not Declaration.objects.exists()


def test_a_correction_waits_for_the_declaration_and_changes_nothing_signed(in_thread, until_blocked, submit, correct):
    with transaction.atomic():
        submit()
        correcting = in_thread(correct)
        until_blocked()

    correcting.result()
    assert one_and_whole().counted == 4
    assert Credit.objects.get(title="Corrected").points == 1


def test_a_declaration_and_a_correction_at_once(in_thread, submit, correct, cycle):
    number, _nothing = at_once(in_thread, submit, correct)

    if Declaration.objects.exists():
        assert number == one_and_whole().number
    else:
        assert number in {"not ready", "changed"}
        assert not standing_of(cycle, on=date(2026, 3, 10)).is_complete
    assert found() == {}


# --- Deciding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def submitted(submit):
    submit()
    return Declaration.objects.get()


def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


def decided(action, declaration, at, **said):
    """Calls an action; the state it led to, or that it was refused."""

    def call():
        try:
            return action(declaration=declaration, at=at, **said).state
        except actions.MoveRefused:
            return "refused"

    return call


PAIRS = {
    "approve": (actions.approve, {}, State.RENEWED),
    "deny": (actions.deny, {"note": "Not related."}, State.DENIED),
    "return": (actions.send_back, {"note": "Which course?"}, State.RETURNED),
}


@pytest.mark.parametrize("first", PAIRS)
@pytest.mark.parametrize("second", PAIRS)
def test_two_reviewers_at_once_make_one_decision(in_thread, submitted, now, first, second):
    calls = [decided(PAIRS[name][0], submitted, now, by=reviewer(), **PAIRS[name][1]) for name in (first, second)]

    states = at_once(in_thread, *calls)

    submitted.refresh_from_db()
    assert states.count("refused") == 1
    assert {*states} - {"refused"} == {submitted.state}
    assert found() == {}


def test_a_withdrawal_and_an_approval_at_once(in_thread, submitted, user, now):
    states = at_once(
        in_thread,
        decided(actions.withdraw, submitted, now, by=user),
        decided(actions.approve, submitted, now, by=reviewer()),
    )

    submitted.refresh_from_db()
    assert sorted(states) == sorted(["refused", submitted.state])
    assert found() == {}


@pytest.fixture
def denied(submitted, now):
    return actions.deny(declaration=submitted, by=reviewer(), at=now, note="Not related.")


def test_an_appeal_from_many_tabs_is_one(in_thread, denied, user, now):
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    assert at_once(in_thread, appeal, appeal, appeal) == [State.APPEALED] * 3
    assert Step.objects.filter(move=Move.APPEAL).count() == 1
    assert found() == {}


def test_an_appeal_and_a_new_declaration_at_once(in_thread, denied, submit, user, now):
    """One of them is live, never both."""
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    state, number = at_once(in_thread, appeal, submit)

    live = Declaration.objects.exclude(state__in=[State.DENIED, State.WITHDRAWN]).get()
    assert (state, live.number) in {(State.APPEALED, denied.number), ("refused", number)}
    assert found() == {}


def test_an_appeal_is_decided_once(in_thread, denied, user, now):
    actions.appeal(declaration=denied, by=user, at=now, grounds=Grounds.ILLNESS, letter="I was ill.")

    states = at_once(
        in_thread,
        decided(actions.uphold, denied, now, by=reviewer(), note="No."),
        decided(actions.overturn, denied, now, by=reviewer(), note="Yes."),
    )

    denied.refresh_from_db()
    assert sorted(states) == sorted(["refused", denied.state])
    assert found() == {}


def test_an_appeal_and_a_correction_at_once(in_thread, denied, correct, user, now):
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    state, _nothing = at_once(in_thread, appeal, correct)

    assert state == State.APPEALED
    assert verification_of(denied.number).differences == ()
    assert found() == {}


def test_a_renewal_by_two_jobs_at_once_is_one(in_thread, cycle, user, now):
    early = now - timedelta(days=20)
    declaration = actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=early)
    actions.approve(declaration=declaration, by=reviewer(), at=early)

    renewed = at_once(in_thread, *[lambda: actions.roll(on=date(2026, 3, 1), at=now)] * 2)

    assert sorted(renewed) == [0, 1]
    assert Cycle.objects.filter(credential=cycle.credential).count() == 2
    assert found() == {}
