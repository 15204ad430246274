"""The doctor's checks, in good and in bad condition."""

import json
from contextlib import closing
from datetime import date, timedelta
from io import StringIO
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import JobRun
from cmp_portal.lib import clock
from cmp_portal.lib.jobs import jobs
from cmp_portal.operations import doctor as doctors
from cmp_portal.operations.doctor import data, database, examine, local, services, work
from cmp_portal.operations.doctor.findings import Level
from faults.cases.mail import Sink
from tests.factories import (
    ActivityKindFactory,
    AlertFactory,
    AttestationFactory,
    CorrespondenceFactory,
    CredentialTypeFactory,
    CycleFactory,
    HolderFactory,
    IntakeBatchFactory,
    IntakeRowFactory,
    JobRunFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    SubjectFactory,
    WebhookFactory,
)
from tests.scanner import scanner

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def well(db):
    """An installation in order, at the moment it is: the database's clock can't be made to stand still."""
    at = clock.now()
    SubjectFactory()
    ActivityKindFactory()
    MlsRequirementSetFactory()
    AttestationFactory(verified=True)
    for job in jobs():
        JobRunFactory(name=job.name, started_at=at, ended_at=at)


def doctor(*arguments):
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


# --- The command --------------------------------------------------------------------------------------------------


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
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 1

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


# --- The database -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("check", database.CHECKS)
def test_the_database_is_well(check):
    assert [one.level for one in check(clock.now())] == [Level.OK]


@pytest.fixture
def of_another_encoding(db, monkeypatch):
    """The doctor at a database beside ours that was made without a word on its encoding, by a server set up so."""
    other = connection.copy()
    other.settings_dict["NAME"] = "of_another_encoding"
    with closing(connection.copy()) as beside:
        beside.cursor().execute("CREATE DATABASE of_another_encoding TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
        monkeypatch.setattr(database, "connection", other)
        yield
        other.close()
        beside.cursor().execute("DROP DATABASE of_another_encoding")


def test_another_encoding_than_that_of_all_names_is_a_problem(of_another_encoding, told):
    assert told(database.encoding) == [("problem", "SQL_ASCII can't store every name")]


@pytest.mark.django_db
def test_a_missing_extension_is_a_problem(told):
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")

    assert told(database.extensions) == [("problem", "pg_trgm missing")]


@pytest.mark.django_db
def test_a_missing_migration_is_a_problem(levels):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audits'")

    assert levels(database.migrations) == ["problem"]


@pytest.mark.django_db
def test_a_clock_that_is_years_off_is_a_problem(levels, now):
    # The clock of the tests stands still, in March 2026; the database's goes on.
    assert levels(database.clocks) == ["problem"]


@pytest.mark.django_db
def test_a_zone_the_database_does_not_know_is_a_problem(levels, settings):
    settings.BOARD_TIME_ZONE = "America/Springfield"

    assert levels(database.time_zone_of_the_database) == ["problem"]


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


# --- Services -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", services.CHECKS)
def test_the_services_are_well(levels, check):
    assert levels(check) == ["ok"]


def test_a_broker_that_is_gone_is_a_problem(levels, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert levels(services.broker) == ["problem"]


def test_a_queue_without_a_worker_is_a_warning(levels, monkeypatch):
    monkeypatch.setattr(services, "MANY_TICKS", -1)

    assert levels(services.broker) == ["warning"]


def test_a_folder_that_can_not_be_written_is_a_problem(levels, settings, tmp_path):
    (tmp_path / "taken").write_text("no folder")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "taken"}},
    }

    assert levels(services.storage) == ["problem"]


def test_the_probe_leaves_no_file(levels, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }

    assert levels(services.storage) == ["ok"]
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("stream: OK", [("ok", "a document of 1,000,000 bytes was scanned")], id="takes it"),
        pytest.param(
            "INSTREAM size limit exceeded. ERROR",
            [("problem", "it does not scan documents of 1,000,000 bytes, the largest allowed")],
            id="too large",
        ),
        pytest.param(
            "stream: Heuristics.Limits.Exceeded FOUND",
            [("problem", "it finds Heuristics.Limits.Exceeded in 1,000,000 zeros")],
            id="takes it for harmful",
        ),
        pytest.param("", [("problem", "it does not scan (unexpected answer of the scanner: '')")], id="says nothing"),
    ],
)
def test_a_scanner_is_given_a_document_as_large_as_can_be(told, settings, answer, expected):
    settings.EVIDENCE_MAX_BYTES, given = 1_000_000, []

    with scanner(lambda content: given.append(content) or answer.encode()) as settings.EVIDENCE_SCANNER:
        assert told(services.scanner) == expected
    assert given == [bytes(1_000_000)]


def test_a_scanner_that_is_away_is_a_problem(told, settings):
    settings.EVIDENCE_SCANNER = "clamd://127.0.0.1:1"

    assert told(services.scanner) == [("problem", "the scanner does not respond: ConnectionRefusedError")]


def test_a_mail_server_is_asked_and_sent_nothing(told, settings):
    with Sink() as sink:
        Thread(target=sink.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_BACKEND, (settings.EMAIL_HOST, settings.EMAIL_PORT) = SMTP, sink.server_address

        found = told(services.mail)
        sink.shutdown()

    assert (found, sum(sink.messages.values())) == (
        [("ok", f"127.0.0.1:{settings.EMAIL_PORT} accepts our login; nothing was sent")], 0,
    )  # fmt: skip


def test_a_mail_server_that_is_gone_is_a_problem(told, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 1

    assert told(services.mail) == [("problem", "can't log in at 127.0.0.1:1 (ConnectionRefusedError)")]


def test_in_production_a_folder_is_no_mail(levels, production):
    assert levels(services.mail) == ["warning"]


# --- Data ---------------------------------------------------------------------------------------------------------

# Of fees nothing is said where there are none: tests/declarations/test_fee_consistency.py.
ALWAYS_TOLD = [check for check in data.CHECKS if check is not data.fees]


@pytest.mark.django_db
@pytest.mark.parametrize("check", ALWAYS_TOLD)
def test_an_empty_database_is_a_problem(levels, now, check):
    assert levels(check) == ["problem"]


@pytest.mark.django_db
@pytest.mark.parametrize("check", ALWAYS_TOLD)
def test_loaded_data_are_well(well, check):
    assert [one.level for one in check(clock.now())] == [Level.OK]


@pytest.mark.django_db
def test_a_type_without_rules_is_named(told, well):
    CredentialTypeFactory(code="XYZ(ASCP)")

    assert told(data.requirement_sets) == [("warning", "1 loaded, none for XYZ(ASCP)")]


@pytest.mark.django_db
def test_cycles_that_no_version_applies_to_are_counted(told, well):
    kind = CredentialTypeFactory(code="XYZ(ASCP)")
    CycleFactory(requirement_set=RequirementSetFactory(credential_type=kind, applies_from=date(2099, 1, 1)))

    assert told(data.requirement_sets)[1:] == [
        ("warning", "XYZ(ASCP): none applies to 1 open cycles, which end before 2099-01-01")
    ]


@pytest.mark.django_db
def test_a_wording_that_is_not_the_board_s_is_a_warning(levels, now):
    AttestationFactory(verified=False)

    assert levels(data.attestation) == ["warning"]


# --- Work ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("run", "found"),
    [
        ({"minutes": 300}, ("problem", "late: last success: 5 h ago; last run: done")),
        ({"minutes": 0, "error": "X"}, ("problem", "late: last success: never; last run: failed")),
        ({"minutes": 40}, ("ok", "done; last success: 40 min ago")),
    ],
)
def test_a_job_is_told_by_its_last_success(told, now, migrated, run, found):
    migrated(hours=3)
    moment = now - timedelta(minutes=run.pop("minutes"))
    JobRunFactory(name="send_reminders", started_at=moment, ended_at=moment, **run)

    assert told(work.scheduled_jobs)[1] == found


@pytest.mark.django_db
def test_a_run_that_failed_is_a_warning_while_the_last_success_is_near(told, now):
    for minutes, error in ((30, ""), (1, "X")):
        moment = now - timedelta(minutes=minutes)
        JobRunFactory(name="send_reminders", started_at=moment, ended_at=moment, error=error)

    assert told(work.scheduled_jobs)[1] == ("warning", "last run: failed; last success: 30 min ago")


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "level"), [(14, "ok"), (15, "warning"), (120, "problem")])
def test_alerts_that_wait_are_told_by_the_oldest(levels, now, minutes, level):
    AlertFactory(created_at=now - timedelta(minutes=minutes))

    assert levels(work.undelivered_alerts) == [level]


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "expected"), [(24, ["ok"]), (25, ["ok", "warning"])])
def test_many_refused_emails_are_told(levels, now, number, expected):
    AlertFactory.create_batch(number, attempts=1, next_try_at=now + timedelta(minutes=5))

    assert levels(work.undelivered_alerts) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "level"), [(24, "ok"), (25, "warning")])
def test_many_addresses_that_refuse_email_at_once_are_told(told, now, number, level):
    for at in (now - timedelta(hours=1), now - timedelta(days=2)):
        for _one in range(number):
            holder = HolderFactory(email=f"{HolderFactory().customer_number}@example.org")
            CorrespondenceFactory(holder=holder, unreachable_email=holder.email, unreachable_at=at)
    CorrespondenceFactory(unreachable_email="earlier@example.org", unreachable_at=now)

    told_of = f"{2 * number} on file refuse email, {number} of them since yesterday"
    assert told(work.unreachable_addresses) == [(level, told_of)]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "level"), [(6, "ok"), (8, "warning")])
def test_lines_without_a_holder_are_told_by_the_oldest(levels, now, days, level):
    batch = IntakeBatchFactory(lines=1, unmatched=1, started_at=now - timedelta(days=days))
    IntakeRowFactory(batch=batch)

    assert levels(work.unmatched_lines) == [level]


@pytest.mark.parametrize(("off", "level"), [(None, Level.OK), ("2026-03-01T00:00:00Z", Level.WARNING)])
def test_webhooks_that_are_off_are_a_warning(db, levels, now, off, level):
    WebhookFactory(disabled_at=off)

    assert levels(work.silent_webhooks) == [level]
