"""Appealing a denial, once; the signed shares are restored."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.translation import override

from accounts.enums import AlertKind, Role, Withdrawal
from accounts.models import Alert
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Move, State
from declarations.models import Appeal
from declarations.queries import noted, verification_of
from education import actions as education_actions
from education.models import Allocation, Credit
from tests.declarations import appealing
from tests.declarations.appealing import LATER, WORDS
from tests.factories import (
    AttestationFactory,
    DeclarationFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
)
from tests.planting import found

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def cycle():
    return appealing.cycle_of_a_user()


@pytest.fixture
def user(cycle):
    return cycle.holder.user


@pytest.fixture
def denied(cycle):
    return appealing.denied(cycle, by=UserFactory(roles=[Role.REVIEWER]))


@pytest.fixture
def appealed(denied):
    return appealing.appealed(denied)


# --- The appeal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent_in", ["en", "es"])
def test_grounds_of_an_appeal_are_shown_in_the_language_of_the_reader(denied, sent_in):
    with override(sent_in):
        step = appealing.appealed(denied).steps.last()

    shown = {}
    for language in ("en", "es"):
        with override(language):
            shown[language] = noted(step.move, step.note)

    assert shown == {
        "en": f"Incapacitating illness over one year\n\n{WORDS['letter']}",
        "es": f"{shown['es'].partition(chr(10))[0]}\n\n{WORDS['letter']}",
    }
    assert shown["es"].startswith("Enfermedad")


def test_note_that_only_looks_like_that_of_an_appeal_is_shown_as_it_is():
    assert noted(Move.APPEAL, "Other matters\n\nOf mine") == "Other matters\n\nOf mine"


def test_an_appeal_is_a_letter_and_a_step(appealed, user):
    step = appealed.steps.get(move=Move.APPEAL)

    assert appealed.state == State.APPEALED
    assert (appealed.appeal.grounds, appealed.appeal.letter) == (WORDS["grounds"], WORDS["letter"])
    assert (step.by, step.note) == (user, f"Incapacitating illness over one year\n\n{WORDS['letter']}")


def test_an_appealed_declaration_stands_frozen(appealed, cycle):
    cycle.refresh_from_db()

    assert (cycle.declared_on, cycle.shares_frozen_at) == (date(2026, 3, 10), LATER)


def test_sent_twice_it_is_one_appeal(appealed, user):
    again = actions.appeal(declaration=appealed, by=user, at=LATER, **WORDS)

    assert again == appealed
    assert appealed.steps.filter(move=Move.APPEAL).count() == 1


@pytest.mark.parametrize("other", [{"letter": "Once more."}, {"grounds": Grounds.OTHER}])
def test_another_appeal_does_not_pass_for_the_one_that_was_sent(appealed, user, other):
    with pytest.raises(actions.MoveRefused, match="is now “Appealed”"):
        actions.appeal(declaration=appealed, by=user, at=LATER, **WORDS | other)

    assert (Appeal.objects.get().grounds, Appeal.objects.get().letter) == (WORDS["grounds"], WORDS["letter"])


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DENIED, State.APPEALED)])
def test_nothing_but_a_denial_is_appealed(state):
    other = DeclarationFactory(state=state)
    own = HolderUserFactory(holder=other.holder)

    with pytest.raises(actions.MoveRefused, match=str(state.label)):
        actions.appeal(declaration=other, by=own, at=LATER, **WORDS)
    assert not Appeal.objects.exists()


def test_nobody_else_appeals(denied, reviewer):
    with pytest.raises(actions.MoveRefused, match="not allowed"):
        actions.appeal(declaration=denied, by=reviewer, at=LATER, **WORDS)


@pytest.mark.parametrize("letter", ["", "  \n"])
def test_an_appeal_needs_its_letter(denied, user, letter):
    with pytest.raises(actions.MoveRefused, match="letter"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS | {"letter": letter})


def test_an_upheld_denial_is_not_appealed_again(appealed, user, reviewer):
    actions.uphold(declaration=appealed, by=reviewer, at=LATER, note="The letter does not change it.")

    with pytest.raises(actions.MoveRefused, match="once"):
        actions.appeal(declaration=appealed, by=user, at=LATER, **WORDS)


@pytest.mark.parametrize(("days", "is_late"), [(0, True), (1, False), (None, False)])
def test_the_board_may_set_a_deadline(denied, user, settings, days, is_late):
    settings.APPEAL_WITHIN_DAYS = days

    if is_late:
        with pytest.raises(actions.MoveRefused, match="until 10 March 2026"):
            actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)
    else:
        assert actions.appeal(declaration=denied, by=user, at=LATER, **WORDS).state == State.APPEALED


@pytest.mark.parametrize(
    ("days", "told"), [(30, "\nYou can appeal until 9 April 2026."), (None, "\nYou can appeal the denial once.")]
)
def test_with_the_denial_the_holder_is_told_of_the_appeal(cycle, reviewer, settings, days, told):
    settings.APPEAL_WITHIN_DAYS = days

    appealing.denied(cycle, by=reviewer)

    assert Alert.objects.get(title__endswith="denied").body == f"The courses are not related.{told}"


def test_who_has_declared_anew_does_not_appeal(denied, cycle, user):
    actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=LATER)

    with pytest.raises(actions.MoveRefused, match="declared this cycle again"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)


def test_a_cycle_that_was_shortened_is_for_the_board(denied, cycle, user):
    Cycle.objects.filter(pk=cycle.pk).update(ends_on=date(2026, 2, 28))

    with pytest.raises(actions.MoveRefused, match="write to the Board"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)


def test_an_appeal_by_sql_needs_no_second_letter(appealed):
    with pytest.raises(IntegrityError, match="declarations_appeal_declaration_id_key"), transaction.atomic():
        Appeal.objects.create(declaration=appealed, grounds=Grounds.OTHER, letter="Once more.", at=LATER)


# --- What was signed stands again ------------------------------------------------------------------------------------


def shares(cycle):
    rows = Allocation.objects.filter(cycle=cycle).values_list("credit", "area__code", "points")
    return sorted(rows)


def test_what_the_holder_tried_since_is_undone(denied, cycle, user):
    before = shares(cycle)
    education_actions.clear(cycle=cycle, by=user, at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert shares(cycle) == before
    assert (found(), verification_of(denied.number).differences) == ({}, ())


def test_the_holder_is_not_asked_to_declare_meanwhile(denied, cycle, user):
    education_actions.clear(cycle=cycle, by=user, at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    asking = [AlertKind.READY_TO_DECLARE, AlertKind.ALL_ALLOCATED, AlertKind.EXPIRES_SOON]
    assert not Alert.objects.shown().filter(holder=cycle.holder, kind__in=asking).exists()


def told(cycle):
    alerts = Alert.objects.filter(holder=cycle.holder, kind=AlertKind.DECLARATION_MOVED).order_by("id")
    return [(one.title, one.withdrawn_because) for one in alerts]


def test_once_appealed_the_offer_to_appeal_is_withdrawn(appealed, cycle):
    assert told(cycle)[1:] == [
        ("Declaration for MLS(ASCP) denied", Withdrawal.OUTDATED),
        ("Appeal for MLS(ASCP) received", ""),
    ]


def test_requirements_of_that_day_apply_again(denied, cycle, user):
    newer = MlsRequirementSetFactory(version="2", applies_from=date(2026, 1, 1))
    education_actions.clear(cycle=cycle, by=user, at=LATER)
    Cycle.objects.filter(pk=cycle.pk).update(requirement_set=newer)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    cycle.refresh_from_db()
    assert cycle.requirement_set == denied.requirement_set
    assert verification_of(denied.number).differences == ()


def test_what_a_provider_took_back_stays_away(denied, cycle, user):
    share = cycle.allocations.get(area__code="ethics")
    credit = share.credit
    share.delete()
    Credit.objects.filter(pk=credit.pk).update(withdrawn_at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert credit.pk not in {pk for pk, _area, _points in shares(cycle)}
    assert verification_of(denied.number).differences == ()


def test_of_a_corrected_credit_as_much_stands_as_there_is(denied, cycle, user):
    share = cycle.allocations.get(area__code="chemistry")
    share.delete()
    credit = share.credit
    credit.points = Decimal("0.80")
    credit.save()

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert cycle.allocations.get(area__code="chemistry").points == Decimal("0.75")
