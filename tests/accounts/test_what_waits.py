from datetime import timedelta

import pytest

from accounts.enums import Channel
from accounts.queries import Undelivered, undelivered
from tests.factories import AlertFactory, DigestFactory, LetterFactory, PreferenceFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOTHING = Undelivered(waiting=0, oldest_at=None, refused=0)


def test_an_alert_waits_from_when_it_was_told_also_in_a_workers_hands(now):
    AlertFactory(created_at=now - HOUR, leased_until=now + HOUR)

    assert undelivered(at=now) == Undelivered(waiting=1, oldest_at=now - HOUR, refused=0)


@pytest.mark.parametrize("moment", ["emailed_at", "failed_at", "withdrawn_at"])
def test_what_is_over_waits_no_more(now, moment):
    AlertFactory(created_at=now - HOUR, **{moment: now})

    assert undelivered(at=now) == NOTHING


def test_what_was_refused_rests_until_it_is_tried_again(now):
    AlertFactory(created_at=now - HOUR, attempts=1, next_try_at=now)

    assert undelivered(at=now - HOUR) == Undelivered(waiting=0, oldest_at=None, refused=1)
    assert undelivered(at=now) == Undelivered(waiting=1, oldest_at=now - HOUR, refused=0)


def test_what_waits_for_its_morning_is_not_late(now):
    alert = AlertFactory(created_at=now - 20 * HOUR)
    PreferenceFactory(holder=alert.holder, kind=alert.kind, channel=Channel.DAILY)

    assert undelivered(at=now) == NOTHING


def test_a_letter_waits_too(now):
    LetterFactory(written_at=now - HOUR)
    AlertFactory(created_at=now)

    assert undelivered(at=now) == Undelivered(waiting=2, oldest_at=now - HOUR, refused=0)


def test_a_digest_is_one_mail_from_its_morning_on(now):
    digest = DigestFactory(gathered_at=now - HOUR)
    AlertFactory.create_batch(2, holder=digest.holder, digest=digest, created_at=now - 20 * HOUR)

    assert undelivered(at=now) == Undelivered(waiting=1, oldest_at=now - HOUR, refused=0)
