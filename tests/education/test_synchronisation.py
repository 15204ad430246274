from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.enums import AlertKind, RequestState, Role
from accounts.models import Alert
from credentials.models import Cycle, SynchronisationRequest
from credentials.queries import cycle_facts
from credentials.rules import next_cycle
from education import actions, queries
from education.models import Allocation, CycleStatus
from tests.education.shares import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    RequirementSetFactory,
    SynchronisationRequestFactory,
    UserFactory,
    close,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND = date(2027, 6, 30), date(2028, 3, 31)


def ending(ends_on, **fields):
    """A cycle of three years by month."""
    starts_on = (ends_on + timedelta(days=1)).replace(year=ends_on.year - 3)
    return CycleFactory(starts_on=starts_on, ends_on=ends_on, **fields)


@pytest.fixture
def first(now):
    return ending(FIRST)


@pytest.fixture
def second(first):
    return ending(SECOND, holder=first.holder)


@pytest.fixture
def holder(second):
    return HolderUserFactory(holder=second.holder)


@pytest.fixture
def request_(holder, now):
    return actions.request_synchronisation(holder=holder.holder, by=holder, at=now)


def grant(request, by, now, ends_on=FIRST, **words):
    return actions.grant(request=request, ends_on=ends_on, by=by, at=now, **words)


def ends(*cycles):
    return [Cycle.objects.get(pk=cycle.pk).ends_on for cycle in cycles]


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_asking_twice_is_one_request(holder, now):
    asked = [actions.request_synchronisation(holder=holder.holder, by=holder, at=now) for _time in range(2)]

    assert asked[0] == asked[1]
    assert (asked[0].ends_on, asked[0].state) == (FIRST, RequestState.OPEN)


def test_asking_changes_no_cycle(request_, first, second):
    assert ends(first, second) == [FIRST, SECOND]


def test_asking_at_once_is_one_request(in_thread, now):
    cycle = ending(FIRST)
    ending(SECOND, holder=cycle.holder)
    user = HolderUserFactory(holder=cycle.holder)

    both = [
        in_thread(lambda: actions.request_synchronisation(holder=cycle.holder, by=user, at=now)) for _one in range(2)
    ]

    assert len({deed.result().pk for deed in both}) == 1


def make_other(kind, holder):
    if kind == "none":
        return None
    if kind == "voluntary":
        return CycleFactory(holder=holder, voluntary=True)
    if kind == "ended":
        return CycleFactory(holder=holder, ended=True)
    if kind == "ahead":
        return CycleFactory(holder=holder, starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    return {"declared": declared, "closed": close}[kind](ending(SECOND, holder=holder))


@pytest.mark.parametrize("kind", ["none", "voluntary", "ended", "ahead", "declared", "closed"])
def test_one_running_mandatory_undeclared_cycle_has_nothing_to_align_with(first, now, kind):
    make_other(kind, first.holder)
    user = HolderUserFactory(holder=first.holder)

    with pytest.raises(actions.SynchronisationRefused, match="two or more of them"):
        actions.request_synchronisation(holder=first.holder, by=user, at=now)


def test_cycles_that_end_together_need_no_request(first, now):
    ending(FIRST, holder=first.holder)
    user = HolderUserFactory(holder=first.holder)

    with pytest.raises(actions.SynchronisationRefused, match="All your cycles already end on 30 June 2027"):
        actions.request_synchronisation(holder=first.holder, by=user, at=now)


def test_taking_back_twice_is_once(request_, holder, now):
    states = [actions.withdraw_request(request=request_, by=holder, at=now).state for _time in range(2)]

    assert states == [RequestState.WITHDRAWN] * 2


def test_what_is_answered_is_not_taken_back(request_, holder, registrar, now):
    grant(request_, registrar, now)

    with pytest.raises(actions.SynchronisationRefused, match="answered"):
        actions.withdraw_request(request=request_, by=holder, at=now)


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_granting_shortens_the_later_cycles(request_, registrar, first, second, now):
    decided = grant(request_, registrar, now, note="Gladly.")

    assert (decided.state, decided.note, decided.decided_by) == (RequestState.GRANTED, "Gladly.", registrar)
    assert ends(first, second) == [FIRST, FIRST]


def test_later_ends_count_from_the_new_one(request_, registrar, second, now):
    grant(request_, registrar, now)

    second.refresh_from_db()
    second.credential.refresh_from_db()
    assert next_cycle(cycle_facts(second), second.credential.anchor_on).ends_on == date(2030, 6, 30)


def test_ends_stay_together_when_the_first_one_is_anchored_on_a_leap_day(registrar, now):
    first = ending(date(2027, 2, 28))
    first.credential.anchor_on = date(2024, 2, 29)
    first.credential.save()
    second = ending(SECOND, holder=first.holder)
    request = SynchronisationRequestFactory(holder=first.holder)

    grant(request, registrar, now, ends_on=date(2027, 2, 28))

    second.credential.refresh_from_db()
    assert second.credential.anchor_on == date(2024, 2, 29)


def test_granting_twice_is_once(request_, registrar, now):
    first_time = grant(request_, registrar, now)

    assert grant(request_, registrar, now + timedelta(minutes=1)).decided_at == first_time.decided_at


def test_the_holder_is_told(request_, registrar, holder, now):
    grant(request_, registrar, now, note="Gladly.")

    alert = Alert.objects.get(holder=holder.holder, kind=AlertKind.REQUEST_ANSWERED)
    assert (alert.title, alert.body) == ("Your cycles now end on 30 June 2027", "Gladly.")


def test_declining_leaves_the_cycles_and_tells_why(request_, registrar, holder, first, second, now):
    for _time in range(2):
        actions.decline(request=request_, by=registrar, at=now, note="Not this year.")

    alert = Alert.objects.get(holder=holder.holder, kind=AlertKind.REQUEST_ANSWERED)
    assert (ends(first, second), alert.body) == ([FIRST, SECOND], "Not this year.")


def test_declining_needs_a_reason(request_, registrar, now):
    with pytest.raises(actions.SynchronisationRefused, match="Write a reason"):
        actions.decline(request=request_, by=registrar, at=now, note=" ")


def test_what_is_declined_is_not_granted(request_, registrar, first, second, now):
    actions.decline(request=request_, by=registrar, at=now, note="Not this year.")

    with pytest.raises(actions.SynchronisationRefused, match="now “Declined”"):
        grant(request_, registrar, now)

    assert ends(first, second) == [FIRST, SECOND]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_registrars_decide(request_, now, role):
    with pytest.raises(actions.SynchronisationRefused, match="not allowed to decide"):
        grant(request_, UserFactory(roles=[role]), now)


def test_nobody_decides_on_their_own_request(request_, holder, now):
    holder.roles = [Role.REGISTRAR]
    holder.save()

    with pytest.raises(actions.SynchronisationRefused, match="not allowed to decide"):
        actions.decline(request=request_, by=holder, at=now, note="No.")


def test_an_end_that_is_no_longer_the_earliest_is_not_granted(request_, registrar, first, second, now):
    ending(date(2027, 1, 31), holder=first.holder)

    with pytest.raises(actions.SynchronisationRefused, match="have changed in the meantime"):
        grant(request_, registrar, now)

    assert ends(first, second) == [FIRST, SECOND]


def test_the_end_that_is_the_earliest_now_is_granted(request_, registrar, first, second, now):
    third = ending(date(2027, 1, 31), holder=first.holder)

    granted = grant(request_, registrar, now, ends_on=third.ends_on)

    assert (granted.ends_on, ends(first, second)) == (third.ends_on, [third.ends_on] * 2)


def test_a_cycle_declared_meanwhile_keeps_its_end(request_, registrar, first, second, now):
    third = declared(ending(date(2028, 9, 30), holder=first.holder))

    grant(request_, registrar, now)

    assert ends(third) == [date(2028, 9, 30)]


def test_when_all_others_are_declared_there_is_nothing_to_grant(request_, registrar, second, now):
    declared(second)

    with pytest.raises(actions.SynchronisationRefused, match="have changed in the meantime"):
        grant(request_, registrar, now)


def test_shares_stay_and_the_status_tells_what_counts(request_, registrar, second, now):
    newer = RequirementSetFactory(
        credential_type=second.credential.credential_type, version="2", applies_from=date(2027, 7, 1)
    )
    Cycle.objects.filter(pk=second.pk).update(requirement_set=newer)
    area = newer.areas.get(code="chemistry")
    share = AllocationFactory(
        cycle=Cycle.objects.get(pk=second.pk), area=area, credit=CreditFactory(holder=second.holder)
    )

    grant(request_, registrar, now)

    share.refresh_from_db()
    second.refresh_from_db()
    assert (second.requirement_set.version, share.area.requirement_set) == ("1", second.requirement_set)
    assert CycleStatus.objects.get(cycle=second).counted == 2


def test_a_decision_waits_for_a_declaration(in_thread, until_blocked, now):
    first = ending(FIRST)
    second = ending(SECOND, holder=first.holder)
    request = SynchronisationRequestFactory(holder=first.holder)
    registrar = UserFactory(roles=[Role.REGISTRAR])

    with transaction.atomic():
        declared(second)
        other = in_thread(lambda: grant(request, registrar, now))
        until_blocked()

    assert isinstance(other.exception(), actions.SynchronisationRefused)
    assert ends(second) == [SECOND]


def test_what_fails_half_way_leaves_nothing(request_, registrar, second, now):
    with pytest.raises(RuntimeError), transaction.atomic():
        grant(request_, registrar, now)
        raise RuntimeError

    assert ends(second) == [SECOND]
    assert SynchronisationRequest.objects.get().state == RequestState.OPEN


# --- What it would mean ----------------------------------------------------------------------------------------------


def test_the_preview_says_how_much_earlier_and_which_days_count(holder, today):
    preview = queries.preview_for(holder.holder_id, on=today)

    lines = [(line.ends_text, line.earlier_text, line.window_text) for line in preview.cycles]
    assert lines == [
        ("30 June 2027", "unchanged", "1 June 2024 to 30 June 2027"),
        ("31 March 2028", "275 days earlier", "1 June 2024 to 30 June 2027"),
    ]


def test_the_preview_names_what_would_no_longer_count(holder, second, today):
    areas = [("rest", "Any", "0", ["*"])]
    kind = second.credential.credential_type
    newer = RequirementSetFactory(credential_type=kind, version="2", applies_from=date(2027, 7, 1), areas=areas)
    Cycle.objects.filter(pk=second.pk).update(requirement_set=newer)
    older = second.requirement_set
    older.areas.filter(code="rest").delete()
    credit = CreditFactory(holder=second.holder, subjects=["ethics"], title="Ethics at the bench")
    AllocationFactory(cycle=Cycle.objects.get(pk=second.pk), credit=credit, points=Decimal("2.00"))

    [_first, line] = queries.preview_for(holder.holder_id, on=today).cycles

    assert line.lost == ("Ethics at the bench: 2 not counted: no area accepts its subjects.",)
    assert Allocation.objects.count() == 1


def test_the_preview_changes_nothing(holder, first, second, today):
    queries.preview_for(holder.holder_id, on=today)

    assert ends(first, second) == [FIRST, SECOND]
