from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from accounts import actions
from accounts.enums import AlertKind
from accounts.models import Alert, JobRun
from accounts.tasks import deliver_alerts
from tests.factories import AlertFactory, HolderFactory, HolderUserFactory, PreferenceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(now):
    return HolderFactory(email="mara.holder@example.org")


class RefusingBackend(EmailBackend):
    """A mail server that knows one mailbox no more."""

    def send_messages(self, messages):
        if any("gone@example.org" in message.to for message in messages):
            raise SMTPRecipientsRefused({})
        return super().send_messages(messages)


@pytest.fixture
def refusing(monkeypatch):
    monkeypatch.setattr("accounts.actions.alerts.get_connection", RefusingBackend)


def tell(holder, key, at):
    actions.tell(holder_id=holder.pk, kind=AlertKind.EXPIRED, key=key, title="MLS(ASCP) has expired", at=at)


def test_tell_says_the_same_once(holder, now):
    for _time in range(2):
        tell(holder, "expired:1", now)

    assert Alert.objects.count() == 1


def test_withdrawn_alerts_are_not_shown(holder, now):
    tell(holder, "expired:1", now)

    actions.withdraw_alerts(holder_id=holder.pk, keys=["expired:1"], at=now)

    assert not Alert.objects.shown().exists()


def test_dismiss_twice_keeps_the_first_moment(holder, now):
    alert = AlertFactory(holder=holder)
    user = HolderUserFactory(holder=holder)

    actions.dismiss(alert=alert, by=user, at=now)
    actions.dismiss(alert=alert, by=user, at=now + timedelta(hours=1))

    alert.refresh_from_db()
    assert alert.dismissed_at == now


def test_dismiss_leaves_others_alone(holder, now):
    alert = AlertFactory()

    actions.dismiss(alert=alert, by=HolderUserFactory(holder=holder), at=now)

    assert alert.dismissed_at is None


def test_deliver_mails_once_with_a_steady_message_id(holder, now):
    alert = AlertFactory(holder=holder)

    sent = [actions.deliver(at=now).sent for _time in range(2)]

    assert sent == [1, 0]
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<alert-{alert.pk}@example.org>"
    assert [part[1] for part in mail.outbox[0].alternatives] == ["text/html"]


def test_deliver_leaves_what_another_worker_holds(holder, now):
    AlertFactory(holder=holder, leased_until=now + timedelta(minutes=5))

    assert actions.deliver(at=now).sent == 0
    assert actions.deliver(at=now + timedelta(minutes=6)).sent == 1


def test_deliver_skips_who_wants_no_mail_or_has_no_address(holder, now):
    alert = AlertFactory(holder=holder)
    PreferenceFactory(holder=holder, kind=alert.kind, by_email=False)
    AlertFactory(holder=HolderFactory(email=""))

    delivery = actions.deliver(at=now)

    assert (delivery.sent, delivery.skipped) == (0, 2)


def test_a_refused_mailbox_holds_up_nobody_else(holder, now, refusing):
    AlertFactory(holder__email="gone@example.org")
    AlertFactory(holder=holder)

    assert actions.deliver(at=now) == actions.Delivery(sent=1, skipped=0, refused=1)
    assert actions.deliver(at=now + timedelta(hours=23)) == actions.Delivery(sent=0, skipped=0)
    assert actions.deliver(at=now + timedelta(hours=25)).refused == 1


def test_a_mail_server_that_is_gone_leaves_no_lease_behind(holder, now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    AlertFactory(holder=holder)

    with pytest.raises(OSError, match="refused"):
        actions.deliver(at=now)

    assert Alert.objects.get().leased_until is None


def test_the_task_delivers_everything_and_records_its_run(holder):
    AlertFactory(holder=holder)

    assert deliver_alerts() == 1
    assert [(run.name, run.rows, run.error) for run in JobRun.objects.all()] == [("deliver_alerts", 1, "")]


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_once_at_a_time(in_thread):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('job roll_cycles'))")
        assert in_thread(lambda: actions.run_job("roll_cycles", lambda at: 1)).result() is None
        cursor.execute("SELECT pg_advisory_unlock(hashtext('job roll_cycles'))")

    assert actions.run_job("roll_cycles", lambda at: 1) == 1


def test_who_proves_the_address_on_file_gets_the_record(holder):
    user = UserFactory(email="mara.holder@example.org")

    assert actions.claim_by_address(user=user, email="Mara.Holder@example.org") == holder


def test_a_record_is_claimed_once(holder):
    HolderUserFactory(holder=holder)

    assert actions.claim_by_address(user=UserFactory(), email=holder.email) is None


def test_an_address_of_two_people_claims_neither(holder):
    HolderFactory(email=holder.email)

    assert actions.claim_by_address(user=UserFactory(), email=holder.email) is None
