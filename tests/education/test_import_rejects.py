"""Invalid lines and files: each is reported, and nothing else is affected."""

import errno
import sys
from pathlib import Path

import pytest

from education.models import Credit, IntakeRow
from tests import importing
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


@pytest.fixture
def rejected(tmp_path):
    return lambda: importing.rejected(tmp_path / "ascp.csv")


# --- Bad lines --------------------------------------------------------------------------------------------------------


BAD = {
    "broken byte": (
        "A-2,100,caf\xe9,ce-course,safety,2026-02-01,1".encode("latin-1"),
        "byte 12 is not UTF-8: save the file as “CSV UTF-8”",
    ),
    "missing fields": ("A-2,100,T", "has 3 fields instead of 7"),
    "no such day": ("A-2,100,T,ce-course,safety,2026-02-30,1", "completed_on: 2026-02-30 does not exist"),
    "future": ("A-2,100,T,ce-course,safety,2026-03-11,1", "completed_on: 2026-03-11 is in the future"),
    "long ago": ("A-2,100,T,ce-course,safety,1899-12-31,1", "completed_on: 1899-12-31 is before 1900"),
    "points -1": ("A-2,100,T,ce-course,safety,2026-02-01,-1", "points: “-1” is not greater than 0"),
    "points 0.001": ("A-2,100,T,ce-course,safety,2026-02-01,0.001", "points: “0.001” has more than two decimals"),
    "points 1e9": ("A-2,100,T,ce-course,safety,2026-02-01,1e9", "points: “1e9” is not a plain number"),
    "absurd points": ("A-2,100,T,ce-course,safety,2026-02-01,1000000000", "points: “1000000000” is more than 9999.99"),
    "unknown kind": ("A-2,100,T,webinar,safety,2026-02-01,1", "kind: “webinar” is not known"),
    "never counts": ("A-2,100,T,staff-meeting,safety,2026-02-01,1", "kind: “staff-meeting” never counts"),
    "unknown subject": ("A-2,100,T,ce-course,astrology,2026-02-01,1", "subjects: “astrology” is not known"),
    "rounded id": (
        "1.23E+11,100,T,ce-course,safety,2026-02-01,1",
        "external_id: “1.23E+11” was rounded by a spreadsheet; format the column as text, with all digits",
    ),
    "rounded number": (
        "A-2,2.099E+07,T,ce-course,safety,2026-02-01,1",
        "customer_number: “2.099E+07” was rounded by a spreadsheet; format the column as text, with all digits",
    ),
    "no id": (",100,T,ce-course,safety,2026-02-01,1", "external_id: is empty"),
}


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_line_is_rejected_alone(deliver, holder, rejected, line, reason):
    outcome = deliver(LINE, line, LINE.replace("A-1", "A-3"))

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


@pytest.mark.parametrize("place", ["no-such-folder/bad.csv", "."])
def test_rejects_need_a_place_before_anything_is_taken_in(deliver, holder, tmp_path, place):
    outcome = deliver(LINE, rejects=tmp_path / place)

    assert (outcome.code, Credit.objects.count()) == (2, 0)
    assert "name another file with --rejects" in outcome.said


@pytest.mark.parametrize("folder", [".", "..", "/"])
def test_folder_is_not_taken_for_a_file(ascp, folder):
    outcome = importing.run("import_credits", folder, provider="ascp")

    assert (outcome.code, outcome.said) == (2, f"{folder} is a folder; nothing was changed")


def test_rejects_do_not_go_to_a_file_named_like_standard_output(deliver, holder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    outcome = deliver("A-2,100", rejects=Path("-"))

    assert (outcome.code, Path("-").exists()) == (2, False)
    assert "rejected lines cannot be written to -: name another file with --rejects" in outcome.said


@pytest.fixture
def full(monkeypatch):
    """No rejected line fits on the disk."""

    def write(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cmp_portal.lib.feeds.rejects._write", write)


def test_rejects_that_do_not_fit_leave_the_import_done(deliver, holder, full, tmp_path):
    outcome = deliver("A-2,100")

    assert (outcome.code, IntakeRow.objects.count()) == (4, 1)
    assert outcome.said == (
        f"{tmp_path / 'ascp.rejected.csv'}: No space left on device; the import is done, but the rejected lines are"
        " not listed: run the same command again"
    )


def test_rejects_of_a_dry_run_that_do_not_fit_are_told_by_name(deliver, holder, full, tmp_path):
    """`manage.py` ends with 74 then; nothing was imported."""
    with pytest.raises(OSError, match="No space") as problem:
        deliver("A-2,100", dry_run=True)

    assert (problem.value.filename, IntakeRow.objects.count()) == (str(tmp_path / "ascp.rejected.csv"), 0)


def test_standard_input_that_is_closed_is_told(ascp, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)

    outcome = importing.run("import_credits", Path("-"), provider="ascp")

    assert outcome.code == 2
    assert outcome.said == "-: standard input is closed: send the file there, or name it; nothing was changed"


def test_rejects_never_overwrite_the_file_itself(deliver, holder, tmp_path):
    outcome = deliver(LINE, rejects=tmp_path / "ascp.csv")

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

    outcome = deliver(LINE, head=head)

    assert (outcome.code, outcome.counts) == (2, None)
    assert message in outcome.said
    assert everything() == before


def test_file_that_is_not_there(ascp, tmp_path):
    outcome = importing.run("import_credits", tmp_path / "gone.csv", provider="ascp")

    assert (outcome.code, outcome.said) == (
        2, f"{tmp_path / 'gone.csv'}: No such file or directory; nothing was changed",
    )  # fmt: skip


def test_unknown_provider_is_refused_with_the_known(ascp, tmp_path):
    file = written(tmp_path / "ascp.csv", HEAD, LINE)

    outcome = importing.run("import_credits", file, provider="acme")

    assert (outcome.code, outcome.said) == (2, "there is no provider 'acme'; known: ascp")
