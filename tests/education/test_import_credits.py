"""The import of a provider's feed, and its idempotency."""

from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

import credentials.reference
import education.reference
from accounts.enums import AlertKind
from accounts.models import Alert
from education.models import Credit, IntakeBatch, IntakeRow
from tests import importing
from tests.at_once import at_once
from tests.education.feeds import HEAD, LINE, ascp_with_reference, deliver_from, everything
from tests.factories import HolderFactory
from tests.importing import counts, written


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(db):
    return HolderFactory(customer_number="100")


@pytest.fixture
def deliver(ascp, tmp_path):
    return deliver_from(tmp_path)


# --- New credits ------------------------------------------------------------------------------------------------------


def test_import_posts_a_credit(deliver, ascp, holder):
    outcome = deliver(LINE)

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
    deliver(LINE, LINE.replace("A-1", "A-2"))
    deliver(LINE.replace("A-1", "A-3"), LINE.replace("A-1", "A-4"))

    assert len(set(Credit.objects.values_list("uuid", flat=True))) == 4


def test_import_tells_each_holder_once_per_batch(deliver, holder):
    deliver(LINE, LINE.replace("A-1", "A-2"), LINE.replace("A-1", "A-3").replace(",2026-02-01,2", ",2026-02-01,0.5"))

    assert list(holder.alerts.values_list("kind", "title")) == [
        (AlertKind.CREDIT_POSTED, "ASCP posted 3 credits (4.5 points)")
    ]


def test_import_says_in_the_history_where_a_credit_came_from(deliver, holder):
    deliver(LINE)

    event = Credit.pgh_event_model.objects.get()
    assert event.pgh_context.metadata == {"command": "import_credits", "reason": "import of ascp.csv"}


def test_import_records_the_batch(deliver, ascp, holder):
    deliver(LINE, "A-2,999,Unknown holder,ce-course,chemistry,2026-02-01,2")

    batch = IntakeBatch.objects.get()
    assert (batch.provider, batch.name, batch.lines, batch.accepted, batch.unmatched) == (ascp, "ascp.csv", 2, 1, 1)


def test_import_ignores_unknown_columns_and_names_them(deliver, holder):
    outcome = deliver(f"{LINE},x", head=f"{HEAD},remark")

    assert (outcome.counts, outcome.said) == (counts(accepted=1), "ignored columns: remark\n")


def test_import_of_the_same_file_changes_nothing(deliver, holder):
    lines = [LINE, LINE.replace(",2026-02-01,2", ",2026-02-01,3"), "A-9,999,T,ce-course,safety,2026-02-01,1", "A-8,100"]
    deliver(*lines)
    before = everything()

    outcome = deliver(*lines)

    assert outcome.counts == counts(duplicate=2, rejected=1, unmatched=1)
    assert everything() == before


def test_import_leaves_nothing_behind_after_a_dry_run(deliver, holder):
    before = everything()

    outcome = deliver(LINE, dry_run=True)

    assert (outcome.counts, outcome.said) == (counts(accepted=1), "dry run: nothing was changed\n")
    assert everything() == before


def test_lines_without_holder_do_not_wait_after_a_dry_run(deliver):
    outcome = deliver(LINE, dry_run=True)

    assert (outcome.counts, IntakeRow.objects.count()) == (counts(unmatched=1), 0)
    assert "they would wait in the back office" in outcome.said


# --- Unmatched --------------------------------------------------------------------------------------------------------


def test_line_without_holder_is_kept(deliver):
    outcome = deliver(LINE)

    row = IntakeRow.objects.get()
    assert (outcome.code, outcome.counts) == (0, counts(unmatched=1))
    assert (row.line, row.outcome, row.reason) == (2, "unmatched", "customer_number: no holder has “100”")
    assert row.record == {
        **dict(zip(HEAD.split(","), f"{LINE}.00".split(","), strict=True)),
        "last_name": "", "birth_month": "", "status": "completed", "updated_at": "",
    }  # fmt: skip


def test_line_is_resolved_once_its_holder_is_known(deliver, now):
    deliver(LINE)
    HolderFactory(customer_number="100")

    outcome = deliver(LINE)

    assert outcome.counts == counts(accepted=1)
    assert IntakeRow.objects.get().resolved_at == now


# --- Together ---------------------------------------------------------------------------------------------------------


def test_two_imports_of_one_file_at_once_post_it_once(transactional_db, now, tmp_path, in_thread):
    credentials.reference.load()
    education.reference.load()
    HolderFactory(customer_number="100")

    def deliver(name):
        file = written(tmp_path / name, HEAD, *(LINE.replace("A-1", f"A-{n}") for n in range(200)))
        return importing.run("import_credits", file, provider="ascp").counts

    outcomes = at_once(in_thread, *[partial(deliver, f"{n}.csv") for n in range(2)])

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
