from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

import credentials.reference
import education.reference
from accounts.enums import AlertKind
from accounts.models import Alert
from education.models import Allocation, Credit, CycleStatus, IntakeBatch, IntakeRow, Provider
from tests import importing
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, HolderFactory, close
from tests.importing import counts, rejects, written

HEAD = "external_id,customer_number,title,kind,subjects,completed_on,points"
GOOD = "A-1,100,Troponin in practice,ce-course,chemistry;safety,2026-02-01,2"


@pytest.fixture
def ascp(db, now):
    credentials.reference.load()
    education.reference.load()
    return Provider.objects.get(code="ascp")


@pytest.fixture
def holder(db):
    return HolderFactory(customer_number="100")


@pytest.fixture
def deliver(ascp, tmp_path):
    """Imports these lines under the header and tells what the command said."""

    def run(*lines, head=HEAD, **options):
        return importing.run("import_credits", written(tmp_path / "feed.csv", head, *lines), provider="ascp", **options)

    return run


@pytest.fixture
def rejected(tmp_path):
    return lambda: [(int(row["line"]), row["reason"]) for row in rejects(tmp_path / "feed.csv")]


def everything():
    """What a second run must leave as it is; history included."""
    tables = [
        "education_credit", "education_creditevent", "education_intakebatch", "education_intakerow",
        "education_allocation", "education_allocationevent", "accounts_alert", "pghistory_context",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' || t::text FROM {name} t" for name in tables))
        return sorted(row for (row,) in cursor)


# --- New credits ------------------------------------------------------------------------------------------------------


def test_import_posts_a_credit(deliver, ascp, holder):
    outcome = deliver(GOOD)

    credit = Credit.objects.get()
    assert (outcome.code, outcome.counts) == (0, counts(accepted=1))
    assert (credit.holder, credit.provider, credit.external_id) == (holder, ascp, "A-1")
    assert (credit.title, credit.kind.code, credit.subjects) == (
        "Troponin in practice", "ce-course", ["chemistry", "safety"],
    )  # fmt: skip
    assert (credit.completed_on, credit.unit, credit.quantity, credit.points) == (
        date(2026, 2, 1), "points", Decimal("2.00"), Decimal("2.00"),
    )  # fmt: skip


def test_import_gives_each_credit_an_address_nobody_can_guess(deliver, holder):
    deliver(GOOD, GOOD.replace("A-1", "A-2"))
    deliver(GOOD.replace("A-1", "A-3"), GOOD.replace("A-1", "A-4"))

    assert len(set(Credit.objects.values_list("uuid", flat=True))) == 4


def test_import_tells_each_holder_once_per_batch(deliver, holder):
    deliver(GOOD, GOOD.replace("A-1", "A-2"), GOOD.replace("A-1", "A-3").replace(",2026-02-01,2", ",2026-02-01,0.5"))

    assert list(holder.alerts.values_list("kind", "title")) == [
        (AlertKind.CREDIT_POSTED, "ASCP posted 3 credits (points: 4.5)")
    ]


def test_import_says_in_the_history_where_a_credit_came_from(deliver, holder):
    deliver(GOOD)

    event = Credit.pgh_event_model.objects.get()
    assert event.pgh_context.metadata == {"command": "import_credits", "reason": "import of feed.csv"}


def test_import_records_the_batch(deliver, ascp, holder):
    deliver(GOOD, "A-2,999,Unknown holder,ce-course,chemistry,2026-02-01,2")

    batch = IntakeBatch.objects.get()
    assert (batch.provider, batch.name, batch.lines, batch.accepted, batch.unmatched) == (ascp, "feed.csv", 2, 1, 1)


def test_import_ignores_unknown_columns_and_names_them(deliver, holder):
    outcome = deliver(f"{GOOD},x", head=f"{HEAD},remark")

    assert (outcome.counts, outcome.said) == (counts(accepted=1), "ignored columns: remark\n")


def test_import_of_the_same_file_changes_nothing(deliver, holder):
    lines = [GOOD, GOOD.replace(",2026-02-01,2", ",2026-02-01,3"), "A-9,999,T,ce-course,safety,2026-02-01,1", "A-8,100"]
    deliver(*lines)
    before = everything()

    outcome = deliver(*lines)

    assert outcome.counts == counts(duplicate=2, rejected=1, unmatched=1)
    assert everything() == before


def test_import_leaves_nothing_behind_after_a_dry_run(deliver, holder):
    before = everything()

    outcome = deliver(GOOD, dry_run=True)

    assert (outcome.counts, outcome.said) == (counts(accepted=1), "dry run: nothing was changed\n")
    assert everything() == before


# --- Corrections ------------------------------------------------------------------------------------------------------


def test_import_corrects_a_credit(deliver, holder, now):
    deliver(GOOD)

    outcome = deliver("A-1,100,Troponin revisited,ce-course,chemistry,2026-02-02,1.25")

    credit = Credit.objects.get()
    assert outcome.counts == counts(corrected=1)
    assert (credit.title, credit.subjects, credit.completed_on, credit.points, credit.corrected_at) == (
        "Troponin revisited", ["chemistry"], date(2026, 2, 2), Decimal("1.25"), now,
    )  # fmt: skip


def test_later_line_of_a_file_corrects_the_earlier(deliver, holder):
    outcome = deliver(GOOD, GOOD, GOOD.replace(",2026-02-01,2", ",2026-02-01,3"))

    assert outcome.counts == counts(accepted=1, duplicate=1, corrected=1)
    assert Credit.objects.get().points == 3


def test_order_of_subjects_is_no_correction(deliver, holder):
    deliver(GOOD)

    outcome = deliver(GOOD.replace("chemistry;safety", "safety;chemistry"))

    assert outcome.counts == counts(duplicate=1)


def test_credit_stays_with_its_holder(deliver, holder, rejected):
    HolderFactory(customer_number="200")
    deliver(GOOD)

    outcome = deliver(GOOD.replace(",100,", ",200,"))

    assert (outcome.code, outcome.counts) == (1, counts(rejected=1))
    assert rejected() == [(2, "external_id: belongs to another holder")]


def test_first_line_of_a_file_says_whose_credit_it_is(deliver, holder, rejected):
    HolderFactory(customer_number="200")

    outcome = deliver(GOOD, GOOD.replace(",100,", ",200,"))

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


# --- Unmatched --------------------------------------------------------------------------------------------------------


def test_line_without_holder_is_kept(deliver):
    outcome = deliver(GOOD)

    row = IntakeRow.objects.get()
    assert (outcome.code, outcome.counts) == (0, counts(unmatched=1))
    assert (row.line, row.outcome, row.reason) == (2, "unmatched", "customer_number: no holder has “100”")
    assert row.record == {
        **dict(zip(HEAD.split(","), f"{GOOD}.00".split(","), strict=True)),
        "last_name": "", "birth_month": "", "status": "completed", "updated_at": "",
    }  # fmt: skip


def test_line_is_resolved_once_its_holder_is_known(deliver, now):
    deliver(GOOD)
    HolderFactory(customer_number="100")

    outcome = deliver(GOOD)

    assert outcome.counts == counts(accepted=1)
    assert IntakeRow.objects.get().resolved_at == now


# --- Bad lines --------------------------------------------------------------------------------------------------------

BAD = {
    "broken byte": ("A-2,100,caf\xe9,ce-course,safety,2026-02-01,1".encode("latin-1"), "byte 12 is not UTF-8"),
    "missing fields": ("A-2,100,T", "has 3 fields instead of 7"),
    "no such day": ("A-2,100,T,ce-course,safety,2026-02-30,1", "completed_on: 2026-02-30 does not exist"),
    "future": ("A-2,100,T,ce-course,safety,2026-03-11,1", "completed_on: 2026-03-11 is in the future"),
    "long ago": ("A-2,100,T,ce-course,safety,1899-12-31,1", "completed_on: 1899-12-31 is before 1900"),
    "points -1": ("A-2,100,T,ce-course,safety,2026-02-01,-1", "points: “-1” is not more than 0"),
    "points 0.001": ("A-2,100,T,ce-course,safety,2026-02-01,0.001", "points: “0.001” has more than two decimals"),
    "points 1e9": ("A-2,100,T,ce-course,safety,2026-02-01,1e9", "points: “1e9” is not a plain number"),
    "absurd points": ("A-2,100,T,ce-course,safety,2026-02-01,1000000000", "points: “1000000000” is more than 9999.99"),
    "unknown kind": ("A-2,100,T,webinar,safety,2026-02-01,1", "kind: “webinar” is not known"),
    "never counts": ("A-2,100,T,staff-meeting,safety,2026-02-01,1", "kind: “staff-meeting” never counts"),
    "unknown subject": ("A-2,100,T,ce-course,astrology,2026-02-01,1", "subjects: “astrology” is not known"),
    "no id": (",100,T,ce-course,safety,2026-02-01,1", "external_id: is empty"),
}


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_line_is_rejected_alone(deliver, holder, rejected, line, reason):
    outcome = deliver(GOOD, line, GOOD.replace("A-1", "A-3"))

    assert (outcome.code, outcome.counts) == (1, counts(accepted=2, rejected=1))
    assert rejected() == [(3, reason)]


def test_rejected_line_is_kept_with_its_batch(deliver, holder):
    deliver("A-2,100,T,ce-course,safety,2026-02-30,1")

    row = IntakeRow.objects.get()
    assert (row.line, row.outcome, row.external_id, row.record["completed_on"]) == (2, "rejected", "A-2", "2026-02-30")


def test_rejects_go_where_they_are_asked(deliver, holder, tmp_path):
    deliver("A-2,100", rejects=tmp_path / "bad.csv")

    assert (tmp_path / "bad.csv").read_text().splitlines() == [
        f"line,reason,{HEAD},last_name,birth_month,status,updated_at",
        "2,has 2 fields instead of 7,A-2,100,,,,,,,,,",
    ]


def test_rejects_need_a_place_before_anything_is_taken_in(deliver, holder, tmp_path):
    outcome = deliver(GOOD, rejects=tmp_path / "no-such-folder" / "bad.csv")

    assert (outcome.code, Credit.objects.count()) == (2, 0)
    assert "name another place with --rejects" in outcome.said


def test_rejects_never_overwrite_the_file_itself(deliver, holder, tmp_path):
    outcome = deliver(GOOD, rejects=tmp_path / "feed.csv")

    assert (outcome.code, Credit.objects.count()) == (2, 0)


# --- Unusable files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("external_id,customer_number,title,kind,subjects,completed_on", "columns missing: points"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "the file is not CSV text in UTF-8"),
        (f"{HEAD},points", "columns named twice: points"),
    ],
    ids=["missing column", "not csv", "column twice"],
)
def test_unusable_file_changes_nothing(deliver, holder, head, message):
    before = everything()

    outcome = deliver(GOOD, head=head)

    assert (outcome.code, outcome.counts) == (2, None)
    assert message in outcome.said
    assert everything() == before


def test_file_that_is_not_there(ascp, tmp_path):
    outcome = importing.run("import_credits", tmp_path / "gone.csv", provider="ascp")

    assert (outcome.code, outcome.said) == (
        2, f"{tmp_path / 'gone.csv'}: No such file or directory; nothing was changed",
    )  # fmt: skip


def test_unknown_provider_is_refused_with_the_known(ascp, tmp_path):
    file = written(tmp_path / "feed.csv", HEAD, GOOD)

    outcome = importing.run("import_credits", file, provider="acme")

    assert (outcome.code, outcome.said) == (2, "there is no provider 'acme'; known: ascp")


# --- Together ---------------------------------------------------------------------------------------------------------


def test_two_imports_of_one_file_at_once_post_it_once(transactional_db, now, tmp_path, in_thread):
    credentials.reference.load()
    education.reference.load()
    HolderFactory(customer_number="100")
    both = Barrier(2)

    def deliver(name):
        file = written(tmp_path / name, HEAD, *(GOOD.replace("A-1", f"A-{n}") for n in range(200)))
        both.wait()
        return importing.run("import_credits", file, provider="ascp").counts

    outcomes = [each.result() for each in [in_thread(lambda n=n: deliver(f"{n}.csv")) for n in range(2)]]

    assert sorted(outcomes, key=lambda each: each["accepted"]) == [counts(duplicate=200), counts(accepted=200)]
    assert (Credit.objects.count(), Alert.objects.count()) == (200, 1)


def test_examples_are_taken_in(ascp):
    for number in range(20010001, 20010008):
        HolderFactory(customer_number=str(number))

    outcome = importing.run("import_credits", Path("docs/examples/credits-ascp.csv"), provider="ascp")

    assert outcome.counts == counts(accepted=13)


def test_example_of_mistakes_is_taken_in_but_for_them(ascp, tmp_path):
    for number in range(20010001, 20010008):
        HolderFactory(customer_number=str(number))

    example = Path("docs/examples/credits-with-mistakes.csv")
    outcome = importing.run("import_credits", example, provider="ascp", rejects=tmp_path / "out.csv")

    assert (outcome.code, outcome.counts) == (1, counts(accepted=1, rejected=8, unmatched=1))
