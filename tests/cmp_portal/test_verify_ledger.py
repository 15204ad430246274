"""What an operator sees of the ledger's verification, and what it exits with."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actions import Troubled
from accounts.models import JobRun
from cmp_portal import ledger
from cmp_portal.lib.differences import SHOWN
from cmp_portal.tasks import verify_ledger as nightly
from education.actions import refresh_status
from education.models import CycleStatus
from education.queries.differences import IDLE, STALE
from tests.factories import AllocationFactory, CreditFactory, CycleStatusFactory

pytestmark = pytest.mark.django_db(transaction=True)


def verify(*arguments, **options):
    """The exit code, and what was said."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out, stderr=err, **options)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@pytest.fixture
def stale(now):
    """A row that counts a point of a cycle without any share."""
    return CycleStatusFactory()


def test_a_ledger_without_a_difference_ends_with_0():
    assert verify() == (0, [f"checks: {len(ledger.checks())}, differences: 0, notes: 0"])


def test_a_difference_is_named_and_ends_with_1(stale):
    code, [line, counts] = verify()

    assert (code, line) == (1, f"education: {STALE}: {stale.pk}: 0.00 count and 7.00 are missing, not 1.00 and 3.00")
    assert counts == f"checks: {len(ledger.checks())}, differences: 1, notes: 0"


def test_a_note_is_told_and_ends_with_0(now):
    share = AllocationFactory(credit__completed_on=date(2019, 1, 1))
    refresh_status([share.cycle_id], at=now)

    code, lines = verify(app=["education"])

    told = f"note: education: {IDLE}: {share.cycle_id}: 0.00 of 2.00 allocated points count"
    assert (code, lines[1:-1]) == (0, [told])


def test_only_the_first_of_many_are_told(now):
    for _credit in range(SHOWN + 2):
        CreditFactory(completed_on=date(2026, 3, 11))

    code, lines = verify("--on", "2026-03-10", app=["education"])

    assert (code, lines[SHOWN]) == (1, "education: credits completed after today: and 2 more")


def test_one_app_is_asked_alone(stale):
    assert verify(app=["accounts"])[0] == 0


def test_the_lines_are_json_when_asked(stale):
    _code, lines = verify("--json")

    difference, counts = map(json.loads, lines)
    assert (difference["app"], difference["what"], difference["key"], difference["is_note"]) == (
        "education", STALE, stale.pk, False,
    )  # fmt: skip
    assert (counts["differences"], counts["notes"]) == (1, 0)


def test_small_batches_find_the_same(stale):
    assert verify("--batch", "1") == verify()


@pytest.mark.parametrize("batch", ["0", "99999999999999999999"])
def test_a_call_that_makes_no_sense_ends_with_2(batch):
    assert verify("--batch", batch) == (2, [])


def test_status_rows_are_mended_first_when_asked(stale):
    assert verify("--mend-status")[0] == 0
    assert (CycleStatus.objects.get().counted, JobRun.objects.get(name="reconcile_status").rows) == (0, 1)


def test_the_night_finds_no_difference_and_leaves_a_record(now):
    assert nightly() == 0
    assert [(run.name, run.rows, run.error) for run in JobRun.objects.all()] == [("verify_ledger", 0, "")]


def test_a_difference_found_at_night_is_an_error_operators_see(stale):
    with pytest.raises(Troubled):
        nightly()

    run = JobRun.objects.get()
    assert (run.rows, run.error) == (1, "Troubled: differences: 1; manage.py verify_ledger names them")


def test_what_a_night_has_found_is_not_looked_for_again_before_the_next(stale):
    with pytest.raises(Troubled):
        nightly()

    assert nightly() is None


def test_a_whole_look_by_hand_is_recorded_and_a_part_is_not(now):
    verify("--app", "accounts")
    assert not JobRun.objects.exists()

    verify()
    assert JobRun.objects.get().name == "verify_ledger"
