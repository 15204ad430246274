from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from education import actions
from education.models import Allocation
from tests.education.shares import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    allocate_all,
    close,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mls(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def small(mls):
    """A second credential of the same holder, ending later."""
    return CycleFactory(holder=mls.holder, ends_on=mls.ends_on + timedelta(days=90))


@pytest.fixture
def user(mls):
    return HolderUserFactory(holder=mls.holder)


@pytest.fixture
def credit(mls):
    return CreditFactory(holder=mls.holder, subjects=["chemistry"], points=Decimal("2.00"))


@pytest.fixture
def page(client, user, credit):
    client.force_login(user)
    return lambda: client.get(reverse("education:everywhere", args=[credit.uuid])).context["page"]


@pytest.fixture
def apply(client, user, credit):
    client.force_login(user)

    def send(lines, times=1):
        data = {"cycle": [cycle.pk for cycle in lines]}
        for cycle, (area, points) in lines.items():
            data |= {f"area-{cycle.pk}": area, f"points-{cycle.pk}": points}
        for _time in range(times):
            answer = client.post(reverse("education:apply_everywhere", args=[credit.uuid]), data, follow=True)
        return [(message.level_tag, str(message)) for message in answer.context["messages"]]

    return send


def chosen(line):
    return [(option.code, option.most) for option in line.options if option.selected]


def shares():
    rows = Allocation.objects.order_by("cycle__ends_on", "area__position")
    return list(rows.values_list("cycle", "area__code", "points"))


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_has_a_line_for_each_open_cycle(page, mls, small):
    lines = page().lines

    assert [line.cycle for line in lines] == [mls.pk, small.pk]
    assert [(line.points, chosen(line)) for line in lines] == [(2, [("chemistry", 2)])] * 2


def test_an_area_that_lacks_points_is_chosen_first(page, mls, credit):
    other = CreditFactory(holder=mls.holder, subjects=["chemistry"])
    AllocationFactory(cycle=mls, credit=other, area=mls.requirement_set.areas.get(code="chemistry"))
    credit.subjects = ["chemistry", "ethics"]
    credit.save()

    assert chosen(page().lines[0]) == [("ethics", 2)]


def test_where_nothing_is_short_the_first_area_is_chosen(page, mls):
    allocate_all(mls)

    assert chosen(page().lines[0]) == [("chemistry", 2)]


def test_what_counts_already_is_told_and_may_grow(page, mls, credit):
    area = mls.requirement_set.areas.get(code="chemistry")
    AllocationFactory(cycle=mls, credit=credit, area=area, points=Decimal("0.50"))

    [line] = page().lines

    assert (line.shares, line.points, chosen(line)) == (("0.5 in Chemistry",), 2, [("chemistry", 2)])


def test_a_credit_in_full_use_says_so(page, mls, credit):
    AllocationFactory(cycle=mls, credit=credit)

    [line] = page().lines

    assert (line.why, line.options) == ("All of it is allocated.", ())


def test_a_credit_outside_the_window_says_so(page, mls, credit):
    credit.completed_on = mls.starts_on - timedelta(days=60)
    credit.save()

    assert "the first day that counts" in page().lines[0].why


def test_a_credential_that_accepts_nothing_of_it_says_so(page, mls, credit):
    CycleFactory(
        holder=mls.holder,
        requirement_set=RequirementSetFactory(areas=[("ethics", "Ethics", "2", ["ethics"])]),
        ends_on=mls.ends_on + timedelta(days=1),
    )

    assert page().lines[1].why == "2 not counted: no area accepts its subjects."


def test_a_declared_cycle_says_so(page, mls, now):
    mls.declared_on, mls.shares_frozen_at = now.date(), now
    mls.save()

    assert page().lines[0].why == "This cycle has been declared, so its allocation stays as it is."


def test_a_credit_of_an_earlier_cycle_says_so(page, mls, credit):
    earlier = CycleFactory(ended=True, holder=mls.holder)
    AllocationFactory(cycle=earlier, credit=credit)
    close(earlier)
    CycleFactory(credential=earlier.credential)

    assert "This credit counts in another cycle of this credential." in [line.why for line in page().lines]


def test_without_an_open_cycle_there_is_nothing_to_choose(page, mls):
    close(mls)

    assert (page().lines, page().can_apply) == ((), False)


@pytest.mark.parametrize("credentials", [1, 3])
def test_the_page_asks_the_same_number_of_questions(page, mls, django_assert_num_queries, credentials):
    for _one in range(credentials - 1):
        CycleFactory(holder=mls.holder, requirement_set=mls.requirement_set)
    page()

    with django_assert_num_queries(6):
        page()


def test_the_credits_own_page_leads_there(client, page, credit):
    page()

    address = client.get(reverse("education:credit", args=[credit.uuid])).context["page"].everywhere_url

    assert address == reverse("education:everywhere", args=[credit.uuid])


def test_the_credits_own_page_does_not_lead_there_when_it_fits_nowhere(client, page, credit):
    page()
    type(credit).objects.filter(pk=credit.pk).update(completed_on=credit.completed_on.replace(year=2010))

    answer = client.get(reverse("education:credit", args=[credit.uuid]))

    assert answer.context["page"].everywhere_url == ""
    assert "Allocate it to all credentials" not in answer.content.decode()


# --- Applying ---------------------------------------------------------------------------------------------------------


def test_all_ticked_lines_are_applied(apply, mls, small):
    said = apply({mls: ("chemistry", "2"), small: ("rest", "1.5")})

    assert shares() == [(mls.pk, "chemistry", 2), (small.pk, "rest", Decimal("1.50"))]
    assert said[0] == ("success", "MLS(ASCP): 2 in Chemistry.")


def test_sent_twice_it_is_one_allocation(apply, mls, small):
    apply({mls: ("chemistry", "2"), small: ("chemistry", "2")}, times=2)

    assert shares() == [(mls.pk, "chemistry", 2), (small.pk, "chemistry", 2)]


def test_a_line_that_is_refused_does_not_hold_up_the_others(apply, mls, small):
    said = apply({mls: ("blood-banking", "2"), small: ("chemistry", "2")})

    assert shares() == [(small.pk, "chemistry", 2)]
    assert said[0][0] == "error"
    assert said[0][1].startswith("MLS(ASCP): ")


@pytest.mark.parametrize(
    ("area", "points", "words"),
    [
        ("no-such-area", "1", "MLS(ASCP): Choose an area."),
        ("chemistry", "one", "Choose an area for each credential and enter the points as a number, such as 1.5."),
        ("", "1", "Choose an area for each credential and enter the points as a number, such as 1.5."),
    ],
)
def test_a_line_that_cannot_be_is_explained(apply, mls, area, points, words):
    assert apply({mls: (area, points)}) == [("error", words)]


def test_without_a_tick_nothing_is_applied(apply, mls):
    assert apply({}) == [("error", "Select the credentials in which it should count.")]


def test_a_cycle_of_somebody_else_is_passed_over(apply, mls):
    apply({CycleFactory(): ("chemistry", "1")})

    assert shares() == []


def test_each_cycle_can_be_undone_by_itself(apply, page, mls, small):
    apply({mls: ("chemistry", "2"), small: ("chemistry", "1")})

    assert [line.undo.label for line in page().lines] == [
        "Undo: allocated 2 to Chemistry",
        "Undo: allocated 1 to Clinical chemistry",
    ]


def test_a_change_of_another_credit_is_not_undone_here(page, mls, user, now):
    other = CreditFactory(holder=mls.holder, subjects=["ethics"])
    area = mls.requirement_set.areas.get(code="ethics")
    actions.allocate(credit=other, cycle=mls, area=area, points=Decimal(1), by=user, at=now)

    assert page().lines[0].undo is None


def test_it_waits_for_a_cycle_that_is_being_declared(in_thread, until_blocked, now):
    cycle = CycleFactory(mls=True)
    user, credit = HolderUserFactory(holder=cycle.holder), CreditFactory(holder=cycle.holder)
    wanted = [actions.WantedShare(cycle.pk, "chemistry", Decimal(2))]

    with transaction.atomic():
        declared(cycle)
        other = in_thread(lambda: actions.allocate_everywhere(credit=credit, wanted=wanted, by=user, at=now))
        until_blocked()

    assert "declared" in other.result()[0].refusal
