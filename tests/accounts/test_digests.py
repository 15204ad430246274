"""One digest a day, in the holder's morning: nothing lost, nothing repeated, also across clock changes."""

from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from accounts import actions
from accounts.actions.claiming import claim_digests, last_morning
from accounts.enums import AlertKind, Channel
from accounts.models import Alert, Digest
from accounts.tasks import deliver_alerts
from tests.factories import AlertFactory, CorrespondenceFactory, HolderFactory, PreferenceFactory

pytestmark = pytest.mark.django_db

# Seven in the morning in Honolulu.
MORNING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def holder(db):
    holder = CorrespondenceFactory(time_zone="Pacific/Honolulu").holder
    for kind in (AlertKind.CREDIT_POSTED, AlertKind.EXPIRED):
        PreferenceFactory(holder=holder, kind=kind, channel=Channel.DAILY)
    return holder


def told(holder, at, **more):
    return AlertFactory(holder=holder, created_at=at, **more)


def tick(at):
    """What the worker does every minute."""
    with time_machine.travel(at, tick=False):
        return deliver_alerts()


def message_ids():
    return [message.extra_headers["Message-ID"] for message in mail.outbox]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Honolulu", MORNING, date(2026, 3, 10)),
        ("Pacific/Honolulu", MORNING - timedelta(seconds=1), date(2026, 3, 9)),
        ("Pacific/Kiritimati", MORNING, date(2026, 3, 11)),
        ("", MORNING, date(2026, 3, 10)),
        # The night in which clocks go forward, and the one in which they go back.
        ("America/Chicago", datetime(2026, 3, 8, 12, 0, tzinfo=UTC), date(2026, 3, 8)),
        ("America/Chicago", datetime(2026, 3, 8, 11, 59, tzinfo=UTC), date(2026, 3, 7)),
        ("America/Chicago", datetime(2026, 11, 1, 13, 0, tzinfo=UTC), date(2026, 11, 1)),
        ("America/Chicago", datetime(2026, 11, 1, 12, 59, tzinfo=UTC), date(2026, 10, 31)),
    ],
)
def test_a_morning_begins_at_seven_where_the_holder_is(zone, at, day):
    assert last_morning(zone, at=at)[0] == day


def test_alerts_wait_for_the_morning_and_come_in_one_mail(holder):
    told(holder, MORNING - 9 * HOUR, title="First of two")
    told(holder, MORNING - 8 * HOUR, title="Second of two", kind=AlertKind.EXPIRED)

    assert [tick(MORNING + minutes * timedelta(minutes=1)) for minutes in (-60, -1, 0, 1)] == [0, 0, 1, 0]
    assert mail.outbox[0].subject == "Board of Certification: 2 alerts"
    assert mail.outbox[0].body.index("First of two") < mail.outbox[0].body.index("Second of two")
    assert not Alert.objects.filter(emailed_at=None).exists()


def test_what_comes_after_the_morning_waits_for_the_next(holder):
    told(holder, MORNING - HOUR)
    tick(MORNING)
    told(holder, MORNING + HOUR)

    assert [tick(MORNING + hours * HOUR) for hours in (2, 12, 23, 24)] == [0, 0, 0, 1]


def test_a_missed_morning_is_made_up_for(holder):
    told(holder, MORNING - HOUR)

    assert tick(MORNING + 40 * HOUR) == 1


def test_urgent_kinds_do_not_wait(holder):
    told(holder, MORNING - HOUR, kind=AlertKind.SECURITY)

    assert tick(MORNING - HOUR) == 1


def test_a_clock_that_goes_back_or_forward_repeats_nothing_and_skips_nothing(holder):
    told(holder, MORNING - HOUR)

    sent = [tick(MORNING + days * DAY) for days in (0, -1, 0, 1, 0, 2)]
    assert sent == [1, 0, 0, 0, 0, 0]

    told(holder, MORNING + 2 * DAY + HOUR)
    assert [tick(MORNING + days * DAY) for days in (3, 2, 3)] == [1, 0, 0]


def test_a_change_of_time_zone_makes_no_second_mail_of_a_day(holder):
    told(holder, MORNING - HOUR)
    tick(MORNING)
    told(holder, MORNING + HOUR)
    holder.correspondence.time_zone = "Pacific/Pago_Pago"
    holder.correspondence.save()

    assert [tick(MORNING + hours * HOUR) for hours in (1.5, 25)] == [0, 1]


def test_killed_after_sending_it_comes_again_under_the_same_message_id_and_with_the_same_alerts(holder):
    told(holder, MORNING - HOUR)
    tick(MORNING)
    told(holder, MORNING - HOUR / 2)  # told late, by another transaction
    # What a worker leaves behind that was killed before it marked what it had sent.
    Digest.objects.update(emailed_at=None)
    Alert.objects.filter(digest__isnull=False).update(emailed_at=None)

    assert tick(MORNING + HOUR) == 1
    assert message_ids() == [f"<digest-{Digest.objects.get().pk}@example.org>"] * 2
    assert mail.outbox[0].body == mail.outbox[1].body


def test_killed_before_sending_it_is_sent_after_the_lease(holder):
    told(holder, MORNING - HOUR)
    actions.gather_digests(at=MORNING)
    assert len(claim_digests(at=MORNING, limit=9)) == 1

    assert [tick(MORNING + minutes * timedelta(minutes=1)) for minutes in (1, 9, 11, 12)] == [0, 0, 1, 0]


def test_what_was_withdrawn_meanwhile_is_left_out(holder):
    told(holder, MORNING - HOUR, title="Still true")
    told(holder, MORNING - HOUR, title="No longer true", key="old")
    actions.gather_digests(at=MORNING)
    actions.withdraw_alerts(holder_id=holder.pk, keys=["old"], at=MORNING)

    tick(MORNING)

    assert "Still true" in mail.outbox[0].body
    assert "No longer true" not in mail.outbox[0].body


def test_a_digest_of_which_nothing_stands_is_not_mailed(holder):
    told(holder, MORNING - HOUR, key="old")
    actions.gather_digests(at=MORNING)
    actions.withdraw_alerts(holder_id=holder.pk, keys=["old"], at=MORNING)

    assert tick(MORNING) == 0
    assert Digest.objects.exclude(emailed_at=None).exists()


def test_who_wants_it_at_once_after_all_gets_it_at_once(holder):
    told(holder, MORNING + HOUR)
    holder.preferences.all().delete()

    assert tick(MORNING + 2 * HOUR) == 1


def test_gathering_writes_nothing_the_second_time(holder):
    told(holder, MORNING - HOUR)

    assert [actions.gather_digests(at=MORNING) for _time in range(2)] == [1, 0]


def test_one_time_zone_that_does_not_exist_stops_nobody(holder):
    nowhere = CorrespondenceFactory(time_zone="Atlantis/Capital").holder
    PreferenceFactory(holder=nowhere, kind=AlertKind.CREDIT_POSTED, channel=Channel.DAILY)
    told(nowhere, MORNING - 9 * HOUR)
    told(holder, MORNING - 9 * HOUR)

    assert tick(MORNING) == 2


def test_a_refused_digest_stops_with_its_alerts(holder, monkeypatch):
    class Refusing(EmailBackend):
        def send_messages(self, messages):
            raise SMTPRecipientsRefused({holder.email: (550, b"no such mailbox")})

    monkeypatch.setattr("accounts.actions.delivery.get_connection", Refusing)
    told(holder, MORNING - HOUR)

    tick(MORNING)

    assert Digest.objects.get().failed_at == Alert.objects.get().failed_at == MORNING


def test_two_who_gather_at_once_make_one_digest(transactional_db, in_thread, until_blocked):
    holder = HolderFactory()
    PreferenceFactory(holder=holder, kind=AlertKind.CREDIT_POSTED, channel=Channel.DAILY)
    told(holder, MORNING - 9 * HOUR)
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        first = actions.gather_digests(at=MORNING)
        second = in_thread(lambda: actions.gather_digests(at=MORNING))
        until_blocked()
        cursor.execute("COMMIT")

    assert (first, second.result(), Digest.objects.count()) == (1, 0, 1)
