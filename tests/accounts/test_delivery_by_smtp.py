"""Emails against a real SMTP server that refuses, defers, hangs up, or is gone: nothing twice, nothing lost."""

from datetime import timedelta
from smtplib import SMTPException

import pytest

from accounts import actions
from accounts.actions.delivery import MOST_ATTEMPTS, wait_after
from accounts.models import Alert, Correspondence
from tests.factories import AlertFactory
from tests.smtp_server import HANG_UP, smtp_server

pytestmark = pytest.mark.django_db
BAD, GOOD, OTHER = "bad@example.org", "good@example.org", "other@example.org"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server(settings):
    with smtp_server() as told:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", told.port
        yield told


@pytest.fixture
def alerts(db):
    """One for each of three holders; the first is the one with the trouble."""
    return [AlertFactory(holder__email=email) for email in (BAD, GOOD, OTHER)]


def ticks(count, *, at):
    """What the job does every minute, failed runs included."""
    for minute in range(count):
        try:
            actions.deliver_all(clock=lambda moment=at + minute * MINUTE: moment)
        except (SMTPException, OSError):
            continue


def unreachable():
    return list(Correspondence.objects.values_list("unreachable_email", flat=True))


@pytest.mark.parametrize("reply", ["550 5.1.1 unknown", "451 4.7.1 greylisted", "421 4.3.2 closing", HANG_UP])
@pytest.mark.parametrize("place", ["to_recipient", "to_message"])
def test_trouble_with_one_address_is_in_nobody_elses_way(server, alerts, now, place, reply):
    getattr(server, place)[BAD] = reply

    ticks(3, at=now)

    assert server.recipients == [GOOD, OTHER]


@pytest.mark.parametrize("reply", ["451 4.3.0 later", HANG_UP])
def test_what_was_refused_for_now_arrives_once(server, alerts, now, reply):
    server.to_recipient[BAD] = reply
    ticks(3, at=now)
    server.to_recipient.clear()

    ticks(9, at=now + 3 * MINUTE)

    assert sorted(server.recipients) == [BAD, GOOD, OTHER]
    assert unreachable() == []


def test_a_server_that_hangs_up_over_an_email_is_not_asked_for_ever(server, alerts, now):
    server.to_message[BAD] = HANG_UP
    moment = now
    for attempt in range(1, MOST_ATTEMPTS + 1):
        ticks(2, at=moment)
        moment += wait_after(attempt) + 2 * MINUTE

    alert = Alert.objects.get(holder__email=BAD)
    assert (alert.attempts, alert.failed_at is not None) == (MOST_ATTEMPTS, True)
    assert unreachable() == []  # the connection failed, not the address


def test_a_server_that_does_not_let_us_send_costs_no_address(server, alerts, now, caplog):
    server.to_recipient = dict.fromkeys([BAD, GOOD, OTHER], "554 5.7.1 <somebody@example.org>: Relay access denied")
    ticks(3, at=now)
    assert "attempt 1: SMTPRecipientsRefused 554 5.7.1" in caplog.text
    assert "somebody" not in caplog.text
    server.to_recipient.clear()

    ticks(9, at=now + 3 * MINUTE)

    assert server.recipients == [BAD, GOOD, OTHER]
    assert unreachable() == []


@pytest.mark.parametrize(
    "trouble", [{"greeting": "421 busy"}, {"greeting": HANG_UP}, {"to_sender": "530 5.7.0 log in"}]
)
def test_while_the_server_takes_nothing_everything_waits(server, alerts, now, trouble):
    usual = {name: getattr(server, name) for name in trouble}
    vars(server).update(trouble)
    ticks(3, at=now)
    assert set(Alert.objects.values_list("attempts", "failed_at", "leased_until")) == {(0, None, None)}
    vars(server).update(usual)

    ticks(1, at=now + 3 * MINUTE)

    assert server.recipients == [BAD, GOOD, OTHER]
