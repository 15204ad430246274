"""The doctor as a command: what it says, how it ends, and that one check stops no other."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import JobRun
from cmp_portal.operations import doctor as doctors
from cmp_portal.operations.doctor import examine, local
from cmp_portal.operations.doctor.findings import Level


def doctor(*arguments):
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@pytest.mark.django_db
def test_all_is_well(well):
    code, lines = doctor()

    assert (code, [line for line in lines if not line.startswith("ok ")]) == (0, [])


@pytest.mark.django_db
def test_a_warning_ends_with_1(well, migrated):
    migrated(hours=3)
    JobRun.objects.filter(name="send_reminders").delete()

    code, lines = doctor()

    [line] = [line for line in lines if not line.startswith("ok ")]
    assert (code, line.startswith("warning job send_reminders: it has never run – check that worker and beat")) == (
        1,
        True,
    )


@pytest.mark.django_db
def test_a_problem_ends_with_2(well, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert doctor()[0] == 2


@pytest.mark.django_db
def test_the_lines_are_json_when_asked(well):
    code, lines = doctor("--json")

    *findings, counts = map(json.loads, lines)
    assert (code, counts) == (0, {"ok": len(findings), "warning": 0, "problem": 0})
    assert set(findings[0]) == {"level", "what", "told", "to_do"}


def test_without_a_database_the_others_go_on(now, in_thread):
    def look():
        connection.settings_dict = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
        return list(examine(at=now))

    findings = in_thread(look).result()

    assert (findings[-1].what, findings[-1].level) == ("database", Level.PROBLEM)
    assert [one.level for one in findings if one.what in {"documents", "broker"}] == [Level.OK, Level.OK]


@pytest.mark.django_db
def test_tables_that_are_missing_are_a_warning(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_jobrun RENAME TO gone")

    findings = [one for one in examine(at=now) if one.what == "scheduled jobs"]
    assert [(one.level, one.to_do) for one in findings] == [(Level.WARNING, "run manage.py migrate")]


@pytest.mark.django_db
@pytest.mark.parametrize("checks", ["WITHOUT_DATABASE", "IN_DATABASE"])
def test_a_check_that_fails_is_a_problem_and_stops_no_other(now, monkeypatch, checks):
    def odd_thing(at):
        raise ValueError("neither fish\nnor fowl")

    monkeypatch.setattr(doctors, checks, (odd_thing, local.time_zones))

    findings = list(examine(at=now))

    [failed] = [one for one in findings if one.what == "odd thing"]
    assert (failed.level, failed.told) == (Level.PROBLEM, "could not be checked (ValueError: neither fish")
    assert "time zone" in {one.what for one in findings[findings.index(failed) :]}
