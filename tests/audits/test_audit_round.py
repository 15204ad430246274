"""`manage.py audit_round`, as an operator runs it."""

import csv
from contextlib import contextmanager
from io import StringIO
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import JobRun
from audits.enums import AuditState
from audits.models import Audit, Entry, Round
from tests.audits.lots import AT, CUTOFF, DAY, DRAWN, received
from tests.factories import FindingFactory, MlsCredentialTypeFactory, lead

pytestmark = pytest.mark.django_db
OPEN = ["open", "--rate", "50%", "--cutoff", "2026-02-17T12:00:00"]


def run(*arguments, at=AT - DAY):
    said = StringIO()
    with time_machine.travel(at, tick=False):
        call_command("audit_round", *map(str, arguments), stdout=said)
    return said.getvalue().splitlines()


def refused(*arguments, at=AT - DAY):
    with pytest.raises(CommandError) as refusal:
        run(*arguments, at=at)
    return refusal.value.returncode, str(refusal.value)


def test_a_round_from_its_opening_to_its_report():
    opened = run(*OPEN)
    received(4)
    drawn = run("draw", at=DRAWN)
    round = Round.objects.get()

    assert opened == [
        f"round {round.pk} is open until 17 February 2026, 12:00:00 CST",
        f"SHA-256 of the seed: {round.seed_sha256}",
    ]
    assert drawn == [f"round {round.pk}: 2 of 4 drawn", f"seed: {round.seed}"]
    assert "Drawn: 2 (50.0%)" in run("report", round.pk, at=DRAWN)
    assert run("list") == [f"Audit round {round.pk}: Drawn, cut-off 17 February 2026, 12:00:00 CST"]
    assert (JobRun.objects.get().name, JobRun.objects.get().rows) == ("audit_round", 2)


def test_a_draw_reports_how_many_are_under_audit_so_far(monkeypatch):
    received(6)
    reported = []
    monkeypatch.setattr("audits.actions.drawing.BATCH", 2)
    monkeypatch.setattr("audits.actions.drawing.report", reported.append)
    run(*OPEN)

    run("draw", at=DRAWN)

    assert reported == [2, 3]


def test_everything_may_run_twice():
    received(4)
    first, again = run(*OPEN), run(*OPEN)
    drawn = run("draw", at=DRAWN)
    before = (Entry.objects.count(), Audit.objects.count())

    assert again == first
    assert run("draw", at=DRAWN + DAY) == run("draw", "--dry-run", at=DRAWN + DAY) == ["no round is due"]
    assert run("draw", "--round", Round.objects.get().pk, at=DRAWN + DAY) == drawn
    assert (Entry.objects.count(), Audit.objects.count()) == before


def test_all_rates_are_read():
    MlsCredentialTypeFactory()
    run(*OPEN, "--type", "MLS(ASCP)=12.5%", "--late", "0.75", "--findings", "100%")

    round = Round.objects.get()
    rates = [round.rate, round.type_rates.get().rate, round.late_rate, round.findings_rate]
    assert list(map(float, rates)) == [0.5, 0.125, 0.75, 1]


def test_the_moment_is_the_boards_unless_it_names_another():
    run(*OPEN)
    run("open", "--rate", "50%", "--cutoff", "2026-02-17T12:00:00+00:00", "--rolling")

    assert list(Round.objects.order_by("id").values_list("cutoff_at", "is_rolling")) == [
        (CUTOFF, False),
        (CUTOFF.replace(hour=6), True),
    ]


def test_a_dry_run_says_how_many_and_writes_nothing():
    received(4)
    code = MlsCredentialTypeFactory().code
    of_opening = run(*OPEN, "--dry-run")
    assert not Round.objects.exists()
    run(*OPEN)

    of_drawing = run("draw", "--dry-run", at=DRAWN)

    assert of_opening == [f"  {code}: 2 of 4", "  2 of 4 would be drawn now"]
    assert of_drawing == [f"round {Round.objects.get().pk}:", *of_opening]
    assert (Round.objects.get().drawn_at, Entry.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["open", "--rate", "50%", "--cutoff", "2026-01-01T00:00"], "cut-off has passed"),
        (["open", "--rate", "50%", "--cutoff", "9999-12-31T23:59:59"], "more than five years away"),
        (["open", "--rate", "50%", "--cutoff", "2062-12-31T00:00", "--dry-run"], "more than five years away"),
        ([*OPEN, "--type", "XYZ=1%"], "No such credential: XYZ."),
        ([*OPEN, "--type", "XYZ=1%", "--dry-run"], "No such credential: XYZ."),
        ([*OPEN, "--type", "MLS(ASCP)=3%", "--type", "MLS(ASCP)=50%"], "--type has two rates for MLS(ASCP)"),
        ([*OPEN, "--type", "XYZ=3%", "--type", " XYZ =3%", "--dry-run"], "--type has two rates for XYZ"),
        (["draw", "--round", "999999"], "there is no round 999999"),
        (["report", "999999"], "there is no round 999999"),
    ],
)
def test_a_call_that_makes_no_sense_does_nothing(arguments, words):
    code, said = refused(*arguments)

    assert code == 2
    assert words in said
    assert not Round.objects.exists()


@pytest.mark.parametrize(
    ("opened", "asked", "words"),
    [
        (["--rate", "50%"], ["--rate", "10%"], "already has this cut-off, but with different rates"),
        (["--rate", "50%", "--rolling"], ["--rate", "50%", "--rolling"], "A rolling round is open."),
    ],
)
def test_a_dry_run_refuses_what_would_be_refused(opened, asked, words):
    run("open", *opened, "--cutoff", "2026-02-17T12:00:00")
    cutoff = "2026-02-18T12:00:00" if "--rolling" in asked else "2026-02-17T12:00:00"

    refusals = [refused("open", *asked, "--cutoff", cutoff, *dry) for dry in (["--dry-run"], [])]

    assert refusals[0] == refusals[1]
    assert (refusals[0][0], words in refusals[0][1]) == (2, True)


def test_a_dry_run_before_the_cutoff_says_until_when_nothing_is_drawn():
    run(*OPEN)

    first, *_ = run("draw", "--round", Round.objects.get().pk, "--dry-run", at=AT)

    assert first == f"round {Round.objects.get().pk}, not before 17 February 2026, 12:00:00 CST:"


def test_before_the_cutoff_nothing_is_drawn():
    run(*OPEN)

    code, said = refused("draw", "--round", Round.objects.get().pk, at=AT)

    assert (code, said) == (2, "A round can't be drawn until its cut-off has passed.")
    assert run("draw", at=AT) == ["no round is due"]
    assert Round.objects.get().seed == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["open", "--rate", "150%", "--cutoff", "2026-12-31T23:59:59"],
        ["open", "--rate", "5%", "--cutoff", "tomorrow"],
        ["open", "--rate", "5%", "--cutoff", "2026-12-31T23:59:59", "--type", "10%"],
        ["report", "1", "--csv", "a", "--pdf", "b"],
        [],
    ],
)
def test_what_can_not_be_read_is_refused(arguments):
    with pytest.raises(CommandError):
        run(*arguments)


def test_cutoff_without_a_time_of_day_is_refused():
    """It would be the start of that day, and can't be changed once it is published."""
    with pytest.raises(CommandError, match="'2026-12-31' has no time of day: add one, as in 2026-12-31T23:59:59"):
        run("open", "--rate", "5%", "--cutoff", "2026-12-31")

    assert not Round.objects.exists()


def test_a_report_as_csv_is_safe_in_spreadsheets(tmp_path):
    received(4)
    run(*OPEN)
    run("draw", at=DRAWN)
    FindingFactory(
        audit=lead(Audit.objects.first(), AuditState.UNDER_REVIEW), verdict="refused", reason="=HYPERLINK(1)"
    )
    file = tmp_path / "round.csv"

    said = run("report", Round.objects.get().pk, "--csv", file, at=DRAWN)

    lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert said == []
    assert lines[0] == ["figure", "of", "count", "whole"]
    assert lines[1][0::2] == ["drawn", "2"]
    assert ["reason", "'=HYPERLINK(1)", "1", ""] in lines


def test_a_report_as_pdf(tmp_path):
    received(1)
    run(*OPEN)
    run("draw", at=DRAWN)
    file, again = tmp_path / "round.pdf", tmp_path / "again.pdf"

    for one in (file, again):
        run("report", Round.objects.get().pk, "--pdf", one, at=DRAWN)

    assert file.read_bytes().startswith(b"%PDF-1.7")
    assert b"pdfuaid" in file.read_bytes()
    assert file.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("form", "begin"), [("--csv", "\ufefffigure,of,count,whole\r\n".encode()), ("--pdf", b"%PDF-1.7")]
)
def test_a_report_to_standard_output(form, begin, tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    run(*OPEN)
    run("draw", at=DRAWN)

    with time_machine.travel(DRAWN, tick=False):
        call_command("audit_round", "report", str(Round.objects.get().pk), form, "-")

    assert (capfdbinary.readouterr().out.startswith(begin), list(tmp_path.iterdir())) == (True, [])


@pytest.mark.parametrize("form", ["", "--csv", "--pdf"])
def test_a_round_that_is_not_drawn_has_nothing_to_report(tmp_path, form):
    run(*OPEN)
    file, number = tmp_path / "round", Round.objects.get().pk

    code, said = refused("report", number, *filter(None, [form, form and file]))

    assert code == 2
    assert said == (
        f"round {number} has not been drawn, so there is nothing to report; its cut-off is 17 February 2026, 12:00:00"
        " CST"
    )
    assert not file.exists()


def test_a_round_that_selects_at_submission_is_reported_from_the_start():
    run(*OPEN, "--rolling")

    assert "Decided: 0" in run("report", Round.objects.get().pk)


def test_a_file_that_can_not_be_written_is_said(tmp_path):
    run(*OPEN)
    run("draw", at=DRAWN)

    code, said = refused("report", Round.objects.get().pk, "--csv", tmp_path / "no" / "such.csv")

    assert (code, "No such file" in said) == (2, True)


def test_a_report_that_does_not_fit_on_the_disk_leaves_no_half_file(tmp_path):
    run(*OPEN)
    run("draw", at=DRAWN)
    file = tmp_path / "round.csv"

    with room_for(10), pytest.raises(OSError, match="File too large") as problem:
        run("report", Round.objects.get().pk, "--csv", file)

    assert (problem.value.filename, file.exists()) == (str(file), False)


@contextmanager
def room_for(size):
    """No file can be larger; the error is that of a full disk but for its number."""
    before = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, before)
