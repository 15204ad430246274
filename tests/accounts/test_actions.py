from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts import actions
from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert, Holder, JobRun
from accounts.tasks import deliver_alerts
from tests.factories import AlertFactory, HolderFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(now):
    return HolderFactory(email="mara.holder@example.org")


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


def test_dismiss_all_leaves_what_came_since(holder, now):
    user = HolderUserFactory(holder=holder)
    seen, since = AlertFactory(holder=holder), AlertFactory(holder=holder)
    other = AlertFactory()

    assert [actions.dismiss_all(by=user, at=now, until=seen.pk) for _time in range(2)] == [1, 0]
    assert set(Alert.objects.shown()) == {since, other}


def test_an_alert_is_read_once_and_can_be_kept_as_new(holder, now):
    user, alert = HolderUserFactory(holder=holder), AlertFactory(holder=holder)

    actions.mark_read(alert=alert, by=user, at=now)
    actions.mark_read(alert=alert, by=user, at=now + timedelta(hours=1))
    alert.refresh_from_db()
    assert alert.read_at == now

    actions.mark_unread(alert=alert, by=user)
    alert.refresh_from_db()
    assert alert.read_at is None


def test_marking_leaves_others_alone(now):
    alert = AlertFactory()

    actions.mark_read(alert=alert, by=HolderUserFactory(), at=now)
    alert.refresh_from_db()
    assert alert.read_at is None

    actions.mark_read(alert=alert, by=HolderUserFactory(holder=alert.holder), at=now)
    actions.mark_unread(alert=alert, by=HolderUserFactory())
    alert.refresh_from_db()
    assert alert.read_at == now


def test_a_withdrawn_alert_says_why(holder, now):
    tell(holder, "expired:1", now)

    actions.withdraw_alerts(holder_id=holder.pk, keys=["expired:1"], at=now, because=Withdrawal.DECLARED)

    assert Alert.objects.get().withdrawn_because == Withdrawal.DECLARED


def test_a_withdrawn_alert_keeps_the_reason_it_was_withdrawn_for(holder, now):
    tell(holder, "expired:1", now)

    withdrawn = [
        actions.withdraw_alerts(holder_id=holder.pk, keys=["expired:1"], at=now, because=because)
        for because in (Withdrawal.DECLARED, Withdrawal.OUTDATED)
    ]

    assert (withdrawn, Alert.objects.get().withdrawn_because) == ([1, 0], Withdrawal.DECLARED)


def test_the_task_delivers_everything_and_records_its_run(holder):
    AlertFactory(holder=holder)

    assert deliver_alerts() == 1
    assert [(run.name, run.rows, run.error) for run in JobRun.objects.all()] == [("deliver_alerts", 1, "")]


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_once_at_a_time(in_thread):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('job roll_cycles', 0))")
        assert in_thread(lambda: actions.run_job("roll_cycles", lambda at: 1)).result() is None
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended('job roll_cycles', 0))")

    assert actions.run_job("roll_cycles", lambda at: 1) == 1


def test_who_proves_the_address_on_file_gets_the_record(holder):
    user = UserFactory(email="mara.holder@example.org")

    assert actions.claim_by_address(user=user, email="Mara.Holder@example.org") == holder


def test_a_record_is_claimed_once(holder):
    HolderUserFactory(holder=holder)

    assert actions.claim_by_address(user=UserFactory(), email=holder.email) is None


@pytest.mark.django_db(transaction=True)
def test_a_record_that_is_being_linked_is_not_claimed(holder, in_thread, until_blocked):
    first, second = UserFactory(), UserFactory()

    with transaction.atomic():
        Holder.objects.select_for_update().get(pk=holder.pk)
        first.holder = holder
        first.save()
        other = in_thread(lambda: actions.claim_by_address(user=second, email=holder.email))
        until_blocked()

    assert other.result() is None


def test_an_address_of_two_people_claims_neither(holder):
    HolderFactory(email=holder.email)

    assert actions.claim_by_address(user=UserFactory(), email=holder.email) is None
