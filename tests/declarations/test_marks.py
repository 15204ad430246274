"""Validity and stage: two status marks on every page that shows a credential."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from cmp_portal import queries as portal
from credentials.actions import lift, revoke, suspend
from credentials.enums import Validity
from declarations import actions
from declarations.enums import Stage, State
from declarations.models import Declaration
from declarations.queries import marks_in, readiness_of
from declarations.rules import Blocker
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    DeclarationFactory,
    HolderUserFactory,
    UserFactory,
    complete_cycle,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("America/Chicago"))
ON, AFTER = date(2026, 3, 10), date(2026, 4, 1)


@pytest.fixture
def cycle():
    """Complete, ending on 31 March 2026; today is 10 March."""
    with time_machine.travel(AT, tick=False):
        AttestationFactory()
        yield complete_cycle(at=AT)


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def submitted(cycle, user):
    return actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)


def marks(cycle, on=ON):
    cycle.refresh_from_db()
    found = marks_in(cycle, on=on)
    return found.validity, found.stage_label


def test_a_complete_cycle_is_ready(cycle):
    assert marks(cycle) == (Validity.ACTIVE, Stage.READY.label)


def test_an_incomplete_cycle_is_open(cycle):
    cycle.allocations.first().delete()

    assert marks(cycle) == (Validity.ACTIVE, Stage.OPEN.label)


def test_before_it_opens_a_cycle_is_on_track(cycle):
    assert marks(cycle, date(2025, 12, 30)) == (Validity.ACTIVE, Stage.ON_TRACK.label)


def test_declared_in_time_the_end_finds_it_under_review(cycle, submitted):
    assert marks(cycle) == (Validity.ACTIVE, State.SUBMITTED.label)
    assert marks(cycle, AFTER) == (Validity.UNDER_REVIEW, State.SUBMITTED.label)


def test_under_review_is_a_setting(cycle, submitted, settings):
    settings.EXPIRED_UNDER_REVIEW = False

    assert marks(cycle, AFTER) == (Validity.EXPIRED, State.SUBMITTED.label)


def test_a_live_declaration_goes_before_a_newer_one_that_is_over(cycle, submitted):
    actions.deny(declaration=submitted, by=UserFactory(roles=[Role.REVIEWER]), at=AT, note="Not related.")
    DeclarationFactory(cycle=cycle, state=State.WITHDRAWN)
    actions.appeal(declaration=submitted, grounds="illness", letter="I was ill.", by=cycle.holder.user, at=AT)

    assert marks(cycle) == (Validity.ACTIVE, State.APPEALED.label)


def test_a_renewed_cycle_tells_of_the_credential_as_it_is_now(cycle, submitted):
    actions.approve(declaration=submitted, by=UserFactory(roles=[Role.REVIEWER]), at=AT)

    assert marks(cycle, date(2027, 1, 1)) == (Validity.ACTIVE, State.RENEWED.label)
    assert marks(cycle, date(2029, 4, 1)) == (Validity.EXPIRED, State.RENEWED.label)


def test_a_hold_is_the_boards_word_and_leaves_the_stage(cycle, submitted, registrar):
    found = []
    for deed in (suspend, revoke, lift):
        deed(credential=cycle.credential, by=registrar, at=AT, note="As the file shows.")
        cycle.credential.refresh_from_db()
        found.append(marks(cycle, AFTER))

    stage = State.SUBMITTED.label
    assert found == [(Validity.SUSPENDED, stage), (Validity.REVOKED, stage), (Validity.UNDER_REVIEW, stage)]


# --- On the pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["account:dashboard", "education:progress", "declarations:declare", "declarations:attest", "declarations:confirm",
     "declarations:transcript"],
)  # fmt: skip
def test_pages_show_both_marks(client, cycle, user, name):
    client.force_login(user)
    address = reverse(name, args=[cycle.pk] if name.startswith("declarations") else [])

    shown = client.get(address, {"attested": "on"}).content.decode()

    assert str(Validity.ACTIVE.label) in shown
    assert str(Stage.READY.label) in shown


def test_the_declaration_shows_both_marks(client, submitted, user):
    client.force_login(user)

    shown = client.get(submitted.get_absolute_url()).content.decode()

    assert str(Validity.ACTIVE.label) in shown
    assert str(State.SUBMITTED.label) in shown


def test_the_account_and_the_progress_agree(client, cycle, submitted, user):
    client.force_login(user)
    [card] = portal.dashboard(user, at=AT).cards

    shown = client.get(reverse("education:progress")).context["page"].card

    assert (shown.validity, shown.stage_label) == (card.validity, card.stage_label)


# --- What a hold keeps from happening --------------------------------------------------------------------------------


def test_a_suspended_credential_may_be_declared(cycle, user, registrar):
    suspend(credential=cycle.credential, by=registrar, at=AT, note="To be looked into.")

    assert actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT).state == State.SUBMITTED


def test_a_revoked_credential_is_not_declared(cycle, user, registrar):
    revoke(credential=cycle.credential, by=registrar, at=AT, note="Fraud.")

    with pytest.raises(actions.NotReady) as refusal:
        actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)
    assert refusal.value.readiness.blockers == [Blocker.REVOKED]


def test_a_revoked_credential_is_not_renewed_before_it_is_lifted(cycle, submitted, registrar):
    revoke(credential=cycle.credential, by=registrar, at=AT, note="Fraud.")
    actions.approve(declaration=submitted, by=UserFactory(roles=[Role.REVIEWER]), at=AT)
    before = Declaration.objects.get().state

    lift(credential=cycle.credential, by=registrar, at=AT, note="It was somebody else.")
    actions.roll(on=ON, at=AT)

    assert (before, Declaration.objects.get().state) == (State.ELIGIBLE, State.RENEWED)


# --- Settings per type ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_type", "of_all", "blocked"),
    [(None, None, False), (None, 2, True), (2, None, True), (5, 2, False)],
)
def test_how_long_after_the_end_one_may_be_reinstated_is_a_setting(cycle, settings, of_type, of_all, blocked):
    settings.REEXAMINATION_AFTER_YEARS = of_all
    cycle.credential.credential_type.reexamination_after_years = of_type

    found = readiness_of(cycle, on=date(2028, 4, 1)).blockers

    assert (Blocker.EXAMINATION in found) == blocked


def test_a_voluntary_cycle_never_comes_too_late(settings):
    settings.REEXAMINATION_AFTER_YEARS = 1
    voluntary = CycleFactory(voluntary=True, ended=True)

    assert Blocker.EXAMINATION not in readiness_of(voluntary, on=date(2030, 1, 1)).blockers


def test_when_a_declaration_opens_and_is_advised_are_settings_of_the_type(cycle):
    kind = cycle.credential.credential_type
    kind.declaration_opens_days, kind.advised_days = 10, 60

    readiness = readiness_of(cycle, on=ON)

    assert (readiness.opens_on, readiness.advised_until) == (date(2026, 3, 21), date(2026, 1, 30))
    assert readiness.blockers == [Blocker.NOT_OPEN]
