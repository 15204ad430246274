import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from declarations.enums import State
from declarations.queries import as_csv, as_json, as_pdf, transcript_of, transcript_page
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    HolderFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(mls=True)


def shared(cycle, **said):
    """A credit of which some points are allocated in chemistry."""
    credit = CreditFactory(holder=cycle.holder, **said)
    AllocationFactory(cycle=cycle, credit=credit, points=Decimal("1.50"))
    return credit


def test_open_cycle_tells_what_is_allocated_then_what_is_not(cycle, today):
    shared(cycle, title="Troponin")
    CreditFactory(holder=cycle.holder, title="Gout", completed_on=today - timedelta(days=9))

    lines = list(transcript_of(cycle, on=today).lines())

    assert [(line.title, line.area, line.points, line.credit_points) for line in lines] == [
        ("Troponin", "Chemistry", Decimal("1.50"), Decimal("2.00")),
        ("Gout", "", Decimal("0.00"), Decimal("2.00")),
    ]


def test_credits_of_other_days_and_withdrawn_ones_are_left_out(cycle, today):
    CreditFactory(holder=cycle.holder, completed_on=cycle.starts_on - timedelta(days=60))
    CreditFactory(holder=cycle.holder, withdrawn=True)

    assert list(transcript_of(cycle, on=today).lines()) == []


def test_areas_of_an_open_cycle_are_those_of_its_standing(cycle, today):
    shared(cycle)

    found = transcript_of(cycle, on=today)

    assert (found.counted, found.needed) == (Decimal("1.50"), Decimal("36.00"))
    assert ("Chemistry", Decimal("1.50"), Decimal("2.00")) in {
        (area.title, area.counted, area.minimum) for area in found.areas
    }


def test_declared_cycle_is_told_as_it_was_signed(now, today):
    cycle = CycleFactory(mls=True, ending=True)
    allocate_all(cycle)
    declaration = DeclarationFactory(cycle=cycle, state=State.SUBMITTED)
    cycle.refresh_from_db()
    signed = [row.content["title"] for row in declaration.declared.order_by("position")]

    cycle.holder.credits.update(title="Corrected afterwards")

    assert [line.title for line in transcript_of(cycle, on=today).lines() if line.area] == signed


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.SUBMITTED, "Submitted, received on 10 March 2026 as {number}"),
        (State.RETURNED, "Not declared yet"),
        (State.RENEWED, "Renewed on 10 March 2026"),
    ],
)
def test_status_says_what_became_of_the_cycle(now, today, state, status):
    declaration = DeclarationFactory(cycle=CycleFactory(mls=True, ending=True), state=state)
    declaration.cycle.refresh_from_db()

    found = transcript_of(declaration.cycle, on=today)

    assert found.status == status.format(number=declaration.number)


def test_csv_escapes_what_a_spreadsheet_would_compute(cycle, today):
    shared(cycle, title='=HYPERLINK("x")')

    rows = list(csv.DictReader(StringIO("".join(as_csv(transcript_of(cycle, on=today))).removeprefix("\ufeff"))))

    assert [row["title"] for row in rows] == ['\'=HYPERLINK("x")']
    assert rows[0]["allocated_points"] == "1.50"


def test_json_is_whole(cycle, today):
    shared(cycle, title="Troponin")
    CreditFactory(holder=cycle.holder, title="Gout")

    found = json.loads("".join(as_json(transcript_of(cycle, on=today))))

    assert found["total"] == {"counted": "1.50", "needed": "36.00"}
    assert [line["title"] for line in found["lines"]] == ["Troponin", "Gout"]


def test_json_of_nothing_is_whole_too(cycle, today):
    assert json.loads("".join(as_json(transcript_of(cycle, on=today))))["lines"] == []


def test_pdf_is_the_same_twice_and_tagged(cycle, today):
    shared(cycle)

    first, second = (as_pdf(transcript_of(cycle, on=today)) for _time in range(2))

    assert first == second
    assert first.startswith(b"%PDF-") and b"/StructTreeRoot" in first and b"pdfuaid:part" in first


@pytest.mark.parametrize("name", ["Юлия", "Ωμέγα", "山田太郎", "محمد", "👩‍🔬", "a\u202eb", "\x01"])
def test_pdf_takes_names_in_any_script(today, now, name):
    cycle = CycleFactory(mls=True, holder=HolderFactory(last_name=name))

    assert as_pdf(transcript_of(cycle, on=today)).startswith(b"%PDF-")


@pytest.mark.parametrize("count", [1, 3, 50])
def test_page_asks_as_many_questions_whatever_there_is(now, today, count):
    cycle = CycleFactory(mls=True)
    for _number in range(count):
        CreditFactory(holder=cycle.holder)

    with CaptureQueriesContext(connection) as asked:
        transcript_page(transcript_of(cycle, on=today))

    assert len(asked) == 6


@pytest.fixture
def more_than_fits(cycle, monkeypatch):
    for name in ("ON_PAGE", "ON_PAPER"):
        monkeypatch.setattr(f"declarations.queries.transcript_pages.{name}", 2)
    for number in range(3):
        CreditFactory(holder=cycle.holder, title=f"Course {number}")
    return cycle


def test_page_says_where_the_rows_are_that_it_leaves_out(more_than_fits, today):
    page = transcript_page(transcript_of(more_than_fits, on=today))

    assert len(page.rows) == 2
    assert page.more_text == "There are more rows: the CSV and JSON files have all of them."


def test_csv_leaves_nothing_out(more_than_fits, today):
    assert len(list(as_csv(transcript_of(more_than_fits, on=today)))) == 1 + 3


def test_a_cycle_of_long_ago_keeps_its_transcript(now, today):
    cycle = CycleFactory(mls=True, starts_on=date(2017, 1, 1), ends_on=date(2019, 12, 31), closed=True)

    assert transcript_of(cycle, on=today).status.startswith("Renewed on")
