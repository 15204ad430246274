"""A feed delivers a credit again with changes: it is corrected, and its shares are reduced."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from education.models import Allocation, Credit, CycleStatus
from tests import importing
from tests.education.feeds import LINE, ascp_with_reference, deliver_from
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, HolderFactory, close
from tests.importing import counts


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(db):
    return HolderFactory(customer_number="100")


@pytest.fixture
def deliver(ascp, tmp_path):
    return deliver_from(tmp_path)


@pytest.fixture
def rejected(tmp_path):
    return lambda: importing.rejected(tmp_path / "ascp.csv")


def test_import_corrects_a_credit(deliver, holder, now):
    deliver(LINE)

    outcome = deliver("A-1,100,Troponin revisited,ce-course,chemistry,2026-02-02,1.25")

    credit = Credit.objects.get()
    assert outcome.counts == counts(corrected=1)
    assert (credit.title, credit.subjects, credit.completed_on, credit.points, credit.corrected_at) == (
        "Troponin revisited", ["chemistry"], date(2026, 2, 2), Decimal("1.25"), now,
    )  # fmt: skip


def test_later_line_of_a_file_corrects_the_earlier(deliver, holder):
    outcome = deliver(LINE, LINE, LINE.replace(",2026-02-01,2", ",2026-02-01,3"))

    assert outcome.counts == counts(accepted=1, duplicate=1, corrected=1)
    assert Credit.objects.get().points == 3


def test_order_of_subjects_is_no_correction(deliver, holder):
    deliver(LINE)

    outcome = deliver(LINE.replace("chemistry;safety", "safety;chemistry"))

    assert outcome.counts == counts(duplicate=1)


def test_credit_stays_with_its_holder(deliver, holder, rejected):
    HolderFactory(customer_number="200")
    deliver(LINE)

    outcome = deliver(LINE.replace(",100,", ",200,"))

    assert (outcome.code, outcome.counts) == (1, counts(rejected=1))
    assert rejected() == [(2, "external_id: belongs to another holder")]


def test_first_line_of_a_file_says_whose_credit_it_is(deliver, holder, rejected):
    HolderFactory(customer_number="200")

    outcome = deliver(LINE, LINE.replace(",100,", ",200,"))

    assert outcome.counts == counts(accepted=1, rejected=1)
    assert rejected() == [(3, "external_id: belongs to another holder")]


def shares(cycle, credit):
    """1.00 in safety and, later, 2.00 in the rest."""
    areas = {area.code: area for area in cycle.requirement_set.areas.all()}
    return [
        AllocationFactory(cycle=cycle, credit=credit, area=areas["safety"], points=Decimal("1.00")),
        AllocationFactory(cycle=cycle, credit=credit, area=areas["rest"], points=Decimal("2.00")),
    ]


@pytest.fixture
def allocated(ascp, holder):
    """A credit of 3.00 with shares of 1.00 and 2.00 in an open cycle."""
    credit = CreditFactory(holder=holder, provider=ascp, external_id="A-1", subjects=["safety"], points=Decimal("3.00"))
    shares(CycleFactory(holder=holder), credit)
    return credit


@pytest.mark.parametrize(
    ("points", "left"),
    [
        ("3.50", ["1.00", "2.00"]),
        ("2.50", ["1.00", "1.50"]),
        ("2.60", ["1.00", "1.50"]),
        ("1.00", ["1.00"]),
        ("0.60", ["0.50"]),
        ("0.10", []),
    ],
)
def test_correction_cuts_shares_newest_first_in_whole_steps(deliver, allocated, points, left):
    deliver(f"A-1,100,T,ce-course,safety,2026-02-01,{points}")

    assert list(Allocation.objects.order_by("id").values_list("points", flat=True)) == [Decimal(each) for each in left]


def test_correction_tells_the_holder_of_the_cut(deliver, allocated, holder):
    deliver("A-1,100,Sharps,ce-course,safety,2026-02-01,2.50")

    alert = Alert.objects.get(kind=AlertKind.SHARES_RELEASED)
    assert (alert.holder, alert.title) == (holder, "Allocation reduced: “Sharps”")


def test_correction_brings_the_standing_up_to_date(deliver, allocated, now):
    deliver("A-1,100,T,ce-course,safety,2026-02-01,1.00")

    status = CycleStatus.objects.get()
    assert (status.counted, status.computed_at) == (Decimal("1.00"), now)


def test_correction_leaves_the_shares_of_a_closed_cycle(deliver, allocated, now):
    close(allocated.allocations.first().cycle)

    deliver("A-1,100,T,ce-course,safety,2026-02-01,1.00")

    allocated.refresh_from_db()
    assert (allocated.points, allocated.corrected_at) == (Decimal("1.00"), now)
    assert [share.points for share in allocated.allocations.order_by("id")] == [Decimal("1.00"), Decimal("2.00")]
