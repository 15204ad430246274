"""The doctor's checks of the services beside the database: broker, storage, scanner and mail."""

from threading import Thread

import pytest

from cmp_portal.operations.doctor import services
from faults.cases.mail import Sink
from tests.scanner import scanner

SMTP = "django.core.mail.backends.smtp.EmailBackend"


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
