from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import InterfaceError, transaction
from django.urls import reverse

from accounts import actions
from accounts.actions.delivery import MOST_ATTEMPTS, Delivery, Marks, wait_after
from accounts.enums import ONCE_SWITCHED_OFF, SUBJECTS, AlertKind, Channel, Role
from accounts.models import Alert, Correspondence
from accounts.queries import unreachable_email
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.mail_refusals import HungUp
from tests.factories import (
    AlertFactory,
    CorrespondenceFactory,
    DigestFactory,
    HolderFactory,
    HolderUserFactory,
    LetterFactory,
    PreferenceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

GONE = "gone@example.org"


@pytest.fixture
def holder(now):
    return HolderFactory(email="mara.holder@example.org", first_name="Mara", last_name="Holder")


@pytest.fixture
def gone(now):
    return HolderFactory(email=GONE)


class RefusingBackend(EmailBackend):
    """A mail server that refuses one mailbox with its code, as long as the test says."""

    refusal: Exception

    def send_messages(self, messages):
        if any(GONE in message.to for message in messages):
            raise self.refusal
        return super().send_messages(messages)


@pytest.fixture
def refusing(monkeypatch):
    """Refuses GONE with a code and these words."""

    def refuse(code, words=b"no such mailbox", *, data=False):
        error = SMTPDataError(code, words) if data else SMTPRecipientsRefused({GONE: (code, words)})
        backend = type("Backend", (RefusingBackend,), {"refusal": error})
        monkeypatch.setattr("accounts.actions.delivery.get_connection", backend)

    return refuse


def delivered(at):
    return actions.deliver(at=at)


def test_a_mail_goes_out_once_under_a_steady_message_id(holder, now):
    alert = AlertFactory(holder=holder)

    sent = [delivered(now).sent for _time in range(2)]

    assert sent == [1, 0]
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<alert-{alert.pk}@example.org>"
    assert [part.mimetype for part in mail.outbox[0].alternatives] == ["text/html"]


def test_what_another_worker_holds_is_left(holder, now):
    AlertFactory(holder=holder, leased_until=now + timedelta(minutes=5))

    assert delivered(now).sent == 0
    assert delivered(now + timedelta(minutes=6)).sent == 1


def test_who_wants_no_mail_or_has_no_address_gets_none(holder, now):
    alert = AlertFactory(holder=holder)
    PreferenceFactory(holder=holder, kind=alert.kind, channel=Channel.NEVER)
    AlertFactory(holder__email="")

    assert delivered(now) == Delivery(sent=0, skipped=2)
    assert not Alert.objects.filter(emailed_at=None).exists()


@pytest.mark.parametrize("kind", sorted(ONCE_SWITCHED_OFF))
def test_what_could_be_switched_off_before_is_mailed(holder, now, kind):
    AlertFactory(holder=holder, kind=kind)
    PreferenceFactory(holder=holder, kind=kind, channel=Channel.NEVER)

    assert delivered(now) == Delivery(sent=1, skipped=0)


def test_a_withdrawn_alert_is_not_mailed(holder, now):
    AlertFactory(holder=holder, withdrawn_at=now)

    assert delivered(now) == Delivery(sent=0, skipped=0)


@pytest.mark.parametrize("data", [False, True])
def test_a_refusal_for_good_stops_and_is_shown(gone, now, refusing, data):
    refusing(550, data=data)
    AlertFactory(holder=gone)

    assert delivered(now).refused == 1

    alert = Alert.objects.get()
    assert (alert.failed_at, alert.emailed_at, alert.attempts) == (now, None, 1)
    gone.refresh_from_db()
    assert unreachable_email(gone) == GONE


def test_nothing_more_is_sent_to_an_address_that_refuses(gone, now, refusing):
    refusing(550)
    AlertFactory(holder=gone)
    delivered(now)
    refusing(250)  # it would take mail now: nobody asks
    AlertFactory(holder=gone)

    assert delivered(now) == Delivery(sent=0, skipped=0, refused=1)
    assert delivered(now + timedelta(days=9)) == Delivery(sent=0, skipped=0)


def test_a_letter_to_another_address_says_nothing_of_the_one_on_file(holder, now, refusing):
    CorrespondenceFactory(holder=holder, unreachable_email=holder.email, unreachable_at=now)
    LetterFactory(holder=holder, email=GONE)
    refusing(550)

    delivered(now)

    assert Correspondence.objects.get().unreachable_email == holder.email


def test_another_address_is_tried(holder, now):
    CorrespondenceFactory(holder=holder, unreachable_email=GONE, unreachable_at=now)
    AlertFactory(holder=holder)

    assert delivered(now).sent == 1
    assert unreachable_email(holder) == ""


def test_the_holder_can_have_the_address_tried_again(holder, now):
    CorrespondenceFactory(holder=holder, unreachable_email=holder.email, unreachable_at=now)
    actions.mail_again(by=HolderUserFactory(holder=holder))
    AlertFactory(holder=holder)

    assert delivered(now).sent == 1


def test_my_account_shows_the_address_that_refuses(client, holder, now):
    CorrespondenceFactory(holder=holder, unreachable_email=holder.email, unreachable_at=now)
    client.force_login(HolderUserFactory(holder=holder))

    page = client.get("/account/").content.decode()

    assert "We could not reach you by email" in page
    assert holder.email in page
    assert reverse("accounts:change", args=["address"]) in page


def test_the_board_finds_who_can_not_be_reached(client, holder, gone, now):
    CorrespondenceFactory(holder=gone, unreachable_email=GONE, unreachable_at=now)
    CorrespondenceFactory(holder=holder, unreachable_email="earlier@example.org", unreachable_at=now)
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    found = client.get(reverse("admin:accounts_holder_changelist"), {"email_is": "refused"})
    pages = [client.get(reverse("admin:accounts_holder_change", args=[one.pk])).text for one in (gone, holder)]

    assert [one.pk for one in found.context["cl"].result_list] == [gone.pk]
    assert [longmoment(now) in page for page in pages] == [True, False]


def test_a_refusal_for_now_holds_up_nobody_and_is_tried_again(gone, holder, now, refusing):
    refusing(451, b"come back later")
    AlertFactory(holder=gone)
    AlertFactory(holder=holder)

    assert delivered(now) == Delivery(sent=1, skipped=0, refused=1)
    alert = Alert.objects.get(holder=gone)
    assert (alert.attempts, alert.next_try_at, alert.failed_at) == (1, now + timedelta(minutes=5), None)
    assert delivered(now + timedelta(minutes=4)) == Delivery(sent=0, skipped=0)
    assert delivered(now + timedelta(minutes=6)).refused == 1


def test_waits_grow_up_to_a_day():
    minutes = [wait_after(attempts) // timedelta(minutes=1) for attempts in range(1, MOST_ATTEMPTS)]

    assert minutes == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]


def test_after_four_days_of_refusals_no_more_is_tried(gone, now, refusing):
    refusing(451)
    AlertFactory(holder=gone, attempts=MOST_ATTEMPTS - 1)

    delivered(now)

    assert Alert.objects.get().failed_at == now
    assert Correspondence.objects.get().unreachable_email == GONE


def test_a_mail_that_no_server_can_take_holds_up_nobody(holder, now):
    AlertFactory(holder__email="two\nlines@example.org")
    AlertFactory(holder=holder)

    assert delivered(now) == Delivery(sent=1, skipped=0, refused=1)


def test_a_mail_server_that_is_gone_leaves_no_lease_behind(holder, now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    AlertFactory(holder=holder)

    with pytest.raises(OSError, match="refused"):
        delivered(now)

    alert = Alert.objects.get()
    assert (alert.leased_until, alert.attempts, alert.failed_at) == (None, 0, None)


def test_what_was_sent_before_the_server_went_is_marked(holder, now, monkeypatch):
    class Dying(EmailBackend):
        left = 1

        def send_messages(self, messages):
            if not Dying.left:
                raise ConnectionResetError
            Dying.left -= 1
            return super().send_messages(messages)

    monkeypatch.setattr("accounts.actions.delivery.get_connection", Dying)
    AlertFactory.create_batch(2, holder=holder)

    with pytest.raises(HungUp):
        delivered(now)

    assert Alert.objects.exclude(emailed_at=None).count() == 1
    assert not Alert.objects.filter(emailed_at=None).exclude(leased_until=None).exists()


def test_marks_wait_for_each_other_only_where_sending_takes_no_time(holder, now, django_assert_num_queries):
    ids = [alert.pk for alert in AlertFactory.create_batch(3, holder=holder)]
    marks = Marks(Alert, at=now)
    marks.since += 60

    with django_assert_num_queries(1):
        for pk in ids:
            marks.add(pk)
        marks.write()

    marks.since -= 120
    marks.add(ids[0])
    assert marks.waiting == []


@pytest.mark.parametrize(
    ("factory", "claim"),
    [(AlertFactory, actions.claiming.claim_alerts), (LetterFactory, actions.claiming.claim_letters)],
    ids=["alerts", "letters"],
)
def test_two_at_once_get_different_mails(transactional_db, in_thread, now, factory, claim):
    for _one in range(4):
        factory()
    with transaction.atomic():
        mine = {one.pk for one in claim(at=now, limit=2)}
        theirs = {one.pk for one in in_thread(lambda: claim(at=now, limit=9)).result(10)}

    assert (len(mine), len(theirs), mine & theirs) == (2, 2, set())


@pytest.mark.parametrize("factory", [AlertFactory, LetterFactory, DigestFactory], ids=["alerts", "letters", "digests"])
@pytest.mark.parametrize(("minutes", "batches"), [(0, 1), (5, 2)])
def test_a_run_comes_to_each_email_once_until_it_may_be_tried_again(now, factory, minutes, batches):
    waiting = factory()
    ticks = iter([now, *[now + timedelta(minutes=minutes)] * 3])

    def clock():
        type(waiting).objects.update(emailed_at=None, leased_until=None)
        return next(ticks)

    actions.deliver_all(clock=clock, send=lambda claimed, server: None)

    assert len(list(ticks)) == 3 - batches  # the last search is in vain


def test_email_that_can_not_be_composed_keeps_no_other_waiting(holder, now, monkeypatch):
    monkeypatch.delitem(SUBJECTS, AlertKind.RENEWED)
    broken, letter = AlertFactory(holder=holder, kind=AlertKind.RENEWED), AlertFactory(holder=holder)

    assert [delivered(now), delivered(now)] == [Delivery(sent=1, skipped=0, refused=1), Delivery(sent=0, skipped=0)]

    broken.refresh_from_db()
    letter.refresh_from_db()
    assert (broken.attempts, broken.failed_at, broken.next_try_at) == (1, None, now + wait_after(1))
    assert letter.emailed_at == now


def test_email_that_is_never_composed_fails_without_blame_for_the_address(holder, now, monkeypatch):
    monkeypatch.delitem(SUBJECTS, AlertKind.RENEWED)
    broken = AlertFactory(holder=holder, kind=AlertKind.RENEWED, attempts=MOST_ATTEMPTS - 1)

    delivered(now)

    broken.refresh_from_db()
    assert (broken.failed_at, unreachable_email(holder)) == (now, "")


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), InterfaceError("no database")])
def test_what_ends_the_job_is_not_the_fault_of_the_email(holder, now, monkeypatch, error):
    def compose(_mail):
        raise error

    monkeypatch.setattr("accounts.actions.claiming.compose", compose)
    alert = AlertFactory(holder=holder)

    with pytest.raises(type(error)):
        delivered(now)

    alert.refresh_from_db()
    assert (alert.attempts, alert.emailed_at) == (0, None)
