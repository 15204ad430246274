"""`verify_ledger`: its output for operators, and its exit codes."""

import errno
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError

from accounts.actions import CompletedWithProblems
from accounts.models import JobRun
from cmp_portal import ledger
from cmp_portal.lib.consistency import SHOWN, Check
from cmp_portal.tasks import verify_ledger as nightly
from education.actions import refresh_status
from education.models import CycleStatus
from education.queries.consistency import IDLE, LOST, MOST_REFUSED, MOVED, STALE
from tests.constraint_violations import run
from tests.factories import AllocationFactory, CreditFactory, CycleStatusFactory, EvidenceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def verify(*arguments, **options):
    """The exit code, and what was said."""
    out = StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out, **{"stderr": StringIO()} | options)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@pytest.fixture
def stale(now):
    """A row that counts a point of a cycle without any share."""
    return CycleStatusFactory()


class Closed(StringIO):
    """Output whose reader has gone, or whose disk is full."""

    def __init__(self, problem):
        super().__init__()
        self.problem = problem

    def write(self, text):
        raise self.problem


@pytest.mark.parametrize("app", [[], ["--app", "education"]])
@pytest.mark.parametrize("problem", [BrokenPipeError(), OSError(errno.ENOSPC, "No space left on device")])
def test_output_that_can_not_be_written_is_no_failure_of_the_job(app, problem):
    with pytest.raises(type(problem)) as raised:
        call_command("verify_ledger", *app, stdout=Closed(problem), stderr=StringIO())

    assert (raised.value, JobRun.objects.count()) == (problem, 0)


def test_other_errors_are_failures_of_the_job():
    with pytest.raises(OSError, match="Input/output error"):
        call_command("verify_ledger", stdout=Closed(OSError(errno.EIO, "Input/output error")), stderr=StringIO())

    assert JobRun.objects.get().error == "OSError: [Errno 5] Input/output error"


def test_a_ledger_without_a_difference_ends_with_0():
    assert verify() == (0, [f"checks: {len(ledger.checks())}, differences: 0, notes: 0"])


def test_a_difference_is_named_and_ends_with_1(stale):
    code, [line, counts] = verify()

    said = "0.00 count, and the gaps of the total, areas and rules add up to 7.00, not 1.00 and 3.00"
    assert (code, line) == (1, f"education: {STALE}: {stale.pk}: {said}")
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


@pytest.mark.parametrize(
    "failure", [lambda scope: 1 / 0, lambda scope: run("SELECT 1 / 0")], ids=["in Python", "in the database"]
)
def test_a_check_that_fails_is_a_difference_and_keeps_no_other_from_being_run(stale, monkeypatch, failure):
    checks = ledger.checks(["education"])
    monkeypatch.setattr(ledger, "checks", lambda apps: [Check("education", "odd things", failure), *checks])

    code, [failed, told, counts] = verify()

    assert (code, failed.partition(" (")[0]) == (1, "education: odd things: all: could not be checked")
    assert (STALE in told, counts) == (True, f"checks: {len(checks) + 1}, differences: 2, notes: 0")


@pytest.mark.parametrize("error", [OperationalError, ProgrammingError, SoftTimeLimitExceeded])
def test_what_is_not_about_the_data_ends_the_run(monkeypatch, error):
    def failing(scope):
        raise error

    monkeypatch.setattr(ledger, "checks", lambda apps: [Check("education", "odd things", failing)])

    with pytest.raises(error):
        verify()


@pytest.fixture
def unreadable(monkeypatch, now):
    """Documents in whose place a folder is, before one whose file is gone."""

    def make(number):
        documents = [EvidenceFactory() for _ in range(number)]
        for document in documents:
            path = Path(default_storage.path(document.file.name))
            path.unlink()
            path.mkdir()
        default_storage.delete(EvidenceFactory().file.name)
        return documents

    return make


def test_a_file_that_can_not_be_read_is_named_and_the_others_are_read(unreadable):
    [document] = unreadable(1)

    code, lines = verify("--files", app=["education"])

    assert (code, lines[-3]) == (1, f"education: {LOST}: {document.pk}: the file can't be read (IsADirectoryError)")
    assert lines[-2].endswith("the file is missing")


def test_a_store_that_refuses_all_files_is_told_once(unreadable):
    unreadable(MOST_REFUSED)

    code, lines = verify("--files", app=["education"])

    assert (code, lines[-2]) == (1, f"education: {LOST}: all: could not be checked (StorageAway)")


@pytest.fixture
def expired(now):
    """A cycle whose window moves day by day: what counts today did not a month ago."""
    share = AllocationFactory(
        cycle__starts_on=date(2022, 7, 1), cycle__ends_on=date(2025, 6, 30), credit__completed_on=date(2026, 3, 1)
    )
    refresh_status([share.cycle_id], at=now)
    return share


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 2, 1), "0.00 count, and the gaps of the total, areas and rules add up to 7.00, not 2.00 and 3.00"),
        (date(2029, 3, 1), None),
        (date(2029, 3, 2), "0.00 count, and the gaps of the total, areas and rules add up to 7.00, not 2.00 and 3.00"),
    ],
)
def test_what_another_day_makes_of_a_status_row_is_a_note(expired, on, said):
    """The row says what is today, and that is right."""
    code, lines = verify("--on", str(on), app=["education"])

    told = [f"note: education: {MOVED}: {expired.cycle_id}: {said}"] if said else []
    assert (code, [line for line in lines if "status rows" in line]) == (0, told)


def test_credits_are_late_by_today_whatever_day_it_is_seen_from(now):
    CreditFactory(completed_on=date(2026, 3, 9))
    late = CreditFactory(completed_on=date(2026, 3, 12))

    found = [verify("--on", on, app=["education"])[1][0] for on in ("2026-03-01", "2026-03-20")]

    assert found == [f"education: credits completed after today: {late.pk}: completed on 2026-03-12"] * 2


def test_row_that_is_not_there_is_missed_on_any_day(now):
    AllocationFactory()

    code, lines = verify("--on", "2026-03-09", app=["education"])

    [missed] = [line for line in lines if line.startswith(f"education: {STALE}: ")]
    assert (code, missed.endswith("and there is no row")) == (1, True)


def test_status_rows_are_looked_at_for_today_when_it_is_named(stale, now):
    assert verify("--on", "2026-03-10", app=["education"])[0] == 1


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


@pytest.mark.parametrize("batch", ["0", "999999999999999999"])
def test_a_call_that_makes_no_sense_ends_with_2(batch):
    assert verify("--batch", batch) == (2, [])


def test_status_rows_are_mended_first_when_asked(stale):
    assert verify("--mend-status")[0] == 0
    assert (CycleStatus.objects.get().counted, JobRun.objects.get(name="reconcile_status").rows) == (0, 1)


def test_the_night_finds_no_difference_and_leaves_a_record(now):
    assert nightly() == 0
    assert [(run.name, run.rows, run.error) for run in JobRun.objects.all()] == [("verify_ledger", 0, "")]


def test_a_difference_found_at_night_is_an_error_operators_see(stale):
    with pytest.raises(CompletedWithProblems):
        nightly()

    run = JobRun.objects.get()
    assert (run.rows, run.error) == (1, "CompletedWithProblems: differences: 1; manage.py verify_ledger lists them")


def test_what_a_night_has_found_is_not_looked_for_again_before_the_next(stale):
    with pytest.raises(CompletedWithProblems):
        nightly()

    assert nightly() is None


def test_a_whole_look_by_hand_is_recorded_and_a_part_is_not(now):
    verify("--app", "accounts")
    assert not JobRun.objects.exists()

    verify()
    assert JobRun.objects.get().name == "verify_ledger"
