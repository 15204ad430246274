import csv
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains

from accounts.enums import Role
from declarations import actions
from declarations.enums import Grounds, Ruled, State
from declarations.queries import as_csv, as_json, as_pdf, said_of_credit, said_to_holder, transcript_of, transcript_page
from education.models import Credit
from tests.declarations.reviews import LATER, SPARE, area_of, submitted
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    HolderFactory,
    HolderUserFactory,
    UserFactory,
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


def test_a_credit_that_serves_another_credential_is_told_as_not_allocated_here(cycle, today):
    AllocationFactory(cycle=CycleFactory(holder=cycle.holder), credit__title="Troponin")

    assert [(line.title, line.area) for line in transcript_of(cycle, on=today).lines()] == [("Troponin", "")]


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


def test_the_list_says_which_cycle_is_to_come(client, now, today):
    renewed = CycleFactory(closed=True, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    CycleFactory(credential=renewed.credential, starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    CycleFactory(holder=renewed.holder, starts_on=today)
    client.force_login(HolderUserFactory(holder=renewed.holder))

    cycles = client.get(reverse("declarations:transcripts")).context["cycles"]

    assert [cycle.status for cycle in cycles] == ["Next cycle", "Current cycle", "Renewed on 10 March 2026"]


def test_links_to_cycles_of_one_credential_have_different_names(client, now):
    renewed = CycleFactory(closed=True, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    CycleFactory(credential=renewed.credential, starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    client.force_login(HolderUserFactory(holder=renewed.holder))

    answer = client.get(reverse("declarations:transcripts"))

    for cycle in answer.context["cycles"]:
        name = f'{cycle.credential}<span class="visually-hidden">, {cycle.days}</span>'
        assertContains(answer, f'<a href="{cycle.url}">{name}</a>', html=True)


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


# --- What the Board did not accept ------------------------------------------------------------------------------------

WHY = "It is a staff meeting."
APRIL = LATER.replace(month=4)


@pytest.fixture
def reviewer(now):
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def refused(reviewer):
    """More was declared than is needed, and one credit of it is not accepted."""
    declaration = submitted(spare=True)
    rule(declaration, reviewer, outcome=Ruled.REFUSED)
    return declaration


def rule(declaration, reviewer, **said):
    credit = Credit.objects.get(title=SPARE)
    return actions.rule(declaration=declaration, credit=credit, reason=WHY, by=reviewer, at=LATER, **said)


def decided(declaration, *decisions, by):
    """Its transcript after these decisions."""
    for decide in decisions:
        declaration.refresh_from_db()
        decide(declaration=declaration, by=by, at=LATER, note="As the file shows.")
    return transcript_now(declaration)


def transcript_now(declaration):
    cycle = type(declaration.cycle).objects.get(pk=declaration.cycle_id)
    return transcript_of(cycle, on=LATER.date())


def spare_lines(transcript):
    return [(line.area, line.points, line.refused) for line in transcript.lines() if line.title == SPARE]


def test_a_refused_credit_counts_no_more_and_says_why(refused, reviewer):
    found = decided(refused, actions.approve, by=reviewer)

    assert found.counted == 36
    assert spare_lines(found) == [("", 0, WHY)]


def test_it_stays_so_once_renewed(refused, reviewer):
    actions.approve(declaration=refused, by=reviewer, at=LATER)
    actions.roll(on=APRIL.date(), at=APRIL)

    found = transcript_now(refused)

    assert (found.status, found.counted) == ("Renewed on 11 April 2026", 36)
    assert spare_lines(found) == [("", 0, WHY)]


def test_what_is_still_in_review_is_told_as_it_was_signed(refused):
    found = transcript_now(refused)

    assert found.counted == 38
    assert len(spare_lines(found)) == 1 and not spare_lines(found)[0][2]


def test_a_credit_the_board_counts_elsewhere_is_told_there(reviewer):
    declaration = submitted(spare=True)
    rule(declaration, reviewer, outcome=Ruled.MOVED, area=area_of(declaration, "chemistry"))

    found = decided(declaration, actions.approve, by=reviewer)

    counted = {area.title: area.counted for area in found.areas}
    assert (found.counted, counted["Chemistry"]) == (38, 4)
    assert spare_lines(found) == [("Chemistry", 2, "")]


def appealed(declaration):
    declaration.refresh_from_db()
    said = {"grounds": Grounds.ILLNESS, "letter": "I was ill."}
    actions.appeal(declaration=declaration, by=declaration.holder.user, at=LATER, **said)


def test_a_refused_credit_stays_refused_during_an_appeal(refused, reviewer):
    actions.deny(declaration=refused, by=reviewer, at=LATER, note="As the file shows.")
    appealed(refused)

    assert spare_lines(transcript_now(refused)) == [("", 0, WHY)]


def test_an_appeal_that_is_granted_takes_the_refusal_with_it(refused, reviewer):
    actions.deny(declaration=refused, by=reviewer, at=LATER, note="As the file shows.")
    appealed(refused)

    found = decided(refused, actions.overturn, by=UserFactory(roles=[Role.REVIEWER]))

    refused.refresh_from_db()
    user, credit = refused.holder.user, Credit.objects.get(title=SPARE)
    assert (found.counted, spare_lines(found)[0][1:]) == (38, (2, ""))
    assert (said_to_holder(refused), said_of_credit(user, credit.uuid)) == ((), ())


def test_a_refused_credit_stands_apart_on_the_page(client, refused, reviewer):
    actions.approve(declaration=refused, by=reviewer, at=LATER)
    client.force_login(refused.holder.user)

    page = client.get(reverse("declarations:transcript", args=[refused.cycle_id])).context["page"]

    assert SPARE not in {row.title for row in page.rows}
    assert [(row.title, row.points, row.area) for row in page.refused] == [
        (SPARE, "0", f"The Board did not accept this. Reason: {WHY}")
    ]


def test_a_refused_credit_stands_apart_in_the_files(refused, reviewer):
    found = decided(refused, actions.approve, by=reviewer)

    rows = {row["title"]: row for row in csv.DictReader(StringIO("".join(as_csv(found)).removeprefix("\ufeff")))}
    lines = {line["title"]: line for line in json.loads("".join(as_json(found)))["lines"]}
    for one in (rows[SPARE], lines[SPARE]):
        assert (one["area"], one["allocated_points"], one["refused"]) == ("", "0.00", WHY)
    assert as_pdf(found) != as_pdf(replace(found, lines=lambda: iter(())))


@pytest.mark.parametrize("more", [0, 5])
def test_a_declared_cycle_asks_as_many_questions_whatever_was_refused(refused, reviewer, more):
    for allocation in refused.cycle.allocations.filter(area__minimum__gt=0)[:more]:
        said = {"outcome": Ruled.REFUSED, "reason": WHY}
        actions.rule(declaration=refused, credit=allocation.credit, by=reviewer, at=LATER, **said)
    actions.deny(declaration=refused, by=reviewer, at=LATER, note="As the file shows.")
    appealed(refused)

    with CaptureQueriesContext(connection) as asked:
        transcript_page(transcript_now(refused))

    assert len(asked) == 16
