from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from accounts import actions, queries
from accounts.actions import InvitationRefused
from accounts.actions.delivery import Delivery, Marks
from accounts.enums import InvitationState, LetterKind, Role
from accounts.models import Alert, Correspondence, Letter, User
from accounts.tasks import deliver_alerts
from tests.factories import PASSWORD, HolderFactory, HolderUserFactory, LetterFactory, UserFactory

pytestmark = pytest.mark.django_db

GONE = "gone@example.org"


@pytest.fixture
def holder(now):
    return HolderFactory(first_name="Mara", email="Mara.Holder@example.org")


@pytest.fixture
def letter(holder, now):
    return LetterFactory(holder=holder, sent=True)


def invite(*holders, at):
    return actions.invite(holders=[holder.pk for holder in holders], by=None, at=at)


# --- Inviting ---------------------------------------------------------------------------------------------------------


def test_holder_without_a_login_is_invited_at_the_address_on_file(holder, now):
    assert invite(holder, at=now) == 1

    assert [(one.holder, one.email, one.written_at) for one in Letter.objects.all()] == [(holder, holder.email, now)]


def test_who_has_a_login_or_no_address_is_not_invited(now):
    assert invite(HolderUserFactory().holder, HolderFactory(email=""), at=now) == 0


def test_nobody_is_invited_again_before_the_days_are_over(holder, now, settings):
    settings.INVITE_AGAIN_AFTER_DAYS = 30
    invite(holder, at=now)
    Letter.objects.update(emailed_at=now)

    again = [invite(holder, at=now + timedelta(days=days)) for days in (0, 29, 31)]

    assert again == [0, 0, 1]


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_at_once_write_one_letter(now, in_thread, until_blocked):
    holder = HolderFactory()

    with transaction.atomic():
        invite(holder, at=now)
        other = in_thread(lambda: invite(holder, at=now))
        until_blocked()

    assert (other.result(), Letter.objects.count()) == (0, 1)


def test_who_asks_at_the_log_in_is_invited_whatever_the_case(holder, now):
    assert actions.invite_by_address(email="mara.holder@EXAMPLE.org", at=now) is True
    assert Letter.objects.get().holder == holder


@pytest.mark.parametrize("minutes", [1, 11])
def test_who_asks_again_gets_another_letter_after_a_while(letter, holder, now, minutes):
    actions.invite_by_address(email=holder.email, at=now + timedelta(minutes=minutes))

    assert Letter.objects.count() == (2 if minutes > 10 else 1)


def test_who_asks_while_a_letter_waits_gets_no_second_one(holder, now):
    LetterFactory(holder=holder, written_at=now - timedelta(days=1))

    assert actions.invite_by_address(email=holder.email, at=now) is True
    assert Letter.objects.count() == 1


def test_address_of_two_people_invites_neither(holder, now):
    HolderFactory(email=holder.email)

    assert actions.invite_by_address(email=holder.email, at=now) is False


# --- Delivery ---------------------------------------------------------------------------------------------------------


def test_letter_is_mailed_once_with_a_link_and_without_a_name_in_the_subject(holder, now):
    invite(holder, at=now)

    sent = [actions.deliver(at=now).sent for _time in range(2)]

    letter, message = Letter.objects.get(), mail.outbox[0]
    assert sent == [1, 0]
    assert letter.emailed_at == now
    assert message.to == ["Mara.Holder@example.org"]
    assert message.subject == "Board of Certification: choose your password"
    assert queries.invitation_link(letter) in message.body and queries.invitation_link(letter) in str(
        message.alternatives
    )
    assert message.extra_headers["Message-ID"] == f"<letter-{letter.uuid.hex}@example.org>"


def test_link_has_nothing_of_the_person(letter, holder):
    link = queries.invitation_link(letter).lower()

    assert not any(word in link for word in ("mara", "holder@", holder.customer_number))


@pytest.mark.parametrize("what", ["login", "address"])
def test_invitation_that_became_pointless_is_not_mailed(holder, now, what):
    invite(holder, at=now)
    if what == "login":
        HolderUserFactory(holder=holder)
    else:
        type(holder).objects.filter(pk=holder.pk).update(email="other@example.org")

    assert (deliver_alerts(), len(mail.outbox)) == (0, 0)
    assert Letter.objects.get().withdrawn_at == now


def test_letter_that_another_worker_holds_is_left(holder, now):
    LetterFactory(holder=holder, leased_until=now + timedelta(minutes=5))

    assert actions.deliver(at=now).sent == 0
    assert actions.deliver(at=now + timedelta(minutes=6)).sent == 1


@pytest.fixture
def refusing(monkeypatch):
    """A mail server that answers with this code for one mailbox."""

    def refuse(code):
        class Refusing(EmailBackend):
            def send_messages(self, messages):
                if any(GONE in message.to for message in messages):
                    raise SMTPRecipientsRefused({GONE: (code, b"no such mailbox")})
                return super().send_messages(messages)

        monkeypatch.setattr("accounts.actions.delivery.get_connection", Refusing)

    return refuse


def test_letter_refused_for_now_holds_up_nobody_and_is_tried_again(holder, now, refusing):
    refusing(451)
    invite(HolderFactory(email=GONE), holder, at=now)

    assert actions.deliver(at=now) == Delivery(sent=1, skipped=0, refused=1)
    assert actions.deliver(at=now + timedelta(minutes=4)).refused == 0
    assert actions.deliver(at=now + timedelta(minutes=6)).refused == 1


def test_invitation_refused_for_good_stops_and_can_be_asked_for_again(now, refusing):
    refusing(550)
    gone = HolderFactory(email=GONE)
    invite(gone, at=now)

    assert [actions.deliver(at=at).refused for at in (now, now + timedelta(days=1))] == [1, 0]
    assert Letter.objects.get().failed_at == now
    assert queries.unreachable_email(gone) == GONE
    actions.invite_by_address(email=GONE, at=now + timedelta(days=1))
    assert Letter.objects.count() == 2


def test_refusal_by_another_address_says_nothing_of_the_one_on_file(holder, now, refusing):
    refusing(550)
    LetterFactory(holder=holder, kind=LetterKind.ADDRESS_CHANGED, email=GONE)

    assert actions.deliver(at=now).refused == 1
    assert not Correspondence.objects.exists()


def test_mail_server_that_is_gone_leaves_no_lease_behind(holder, now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invite(holder, at=now)

    with pytest.raises(OSError, match="refused"):
        actions.deliver(at=now)

    assert Letter.objects.get().leased_until is None


def test_letter_that_was_withdrawn_on_its_way_stays_withdrawn(letter, now):
    Letter.objects.update(emailed_at=None, withdrawn_at=now)

    marks = Marks(Letter, at=now)
    marks.add(letter.pk)
    marks.write()

    assert Letter.objects.get().emailed_at is None


# --- Accepting --------------------------------------------------------------------------------------------------------


def accept(letter, at, password=PASSWORD):
    return actions.accept(letter=letter, password=password, at=at)


def refusal(letter, at, **how):
    with pytest.raises(InvitationRefused) as refused:
        accept(letter, at, **how)
    return refused.value.state


def test_accepting_makes_the_login_with_the_proven_address_and_the_record(letter, holder, now):
    user = accept(letter, now)

    address = EmailAddress.objects.get(user=user)
    assert (user.email, user.holder, user.check_password(PASSWORD)) == ("mara.holder@example.org", holder, True)
    assert (address.email, address.verified, address.primary) == ("mara.holder@example.org", True, True)
    assert Letter.objects.get().accepted_at == now


def test_address_on_file_hears_of_the_link(letter, holder, now):
    accept(letter, now)

    assert [alert.title for alert in Alert.objects.filter(holder=holder)] == ["Your record is linked to an account"]


def test_accepting_twice_at_once_is_one_login(letter, now):
    first, second = accept(letter, now), accept(letter, now)

    assert (first, User.objects.count(), Alert.objects.count()) == (second, 1, 1)


def test_used_link_opens_nothing_for_another_password(letter, now):
    accept(letter, now)

    assert refusal(letter, now, password="another long pass phrase") == InvitationState.USED


def test_used_link_opens_nothing_later(letter, now):
    accept(letter, now)

    assert refusal(letter, now + timedelta(minutes=2)) == InvitationState.USED


def test_link_grows_old(letter, now, settings):
    settings.INVITATION_VALID_DAYS = 14

    # Until the end of the Board's day that the letter names: 24 March, in Chicago.
    assert refusal(letter, datetime(2026, 3, 25, 5, 0, tzinfo=UTC)) == InvitationState.EXPIRED
    assert accept(letter, datetime(2026, 3, 25, 4, 59, tzinfo=UTC)).holder == letter.holder


def test_link_to_a_former_address_opens_nothing(letter, holder, now):
    holder.email = "other@example.org"
    holder.save()

    assert refusal(letter, now) == InvitationState.MOVED


def test_link_to_a_record_with_a_login_opens_nothing(letter, holder, now):
    HolderUserFactory(holder=holder)

    assert refusal(letter, now) == InvitationState.LINKED


@pytest.mark.parametrize("email", ["mara.holder@example.org", "somebody@example.org"])
def test_address_that_a_login_has_proven_asks_for_that_login(letter, now, email):
    user = UserFactory(email=email, confirmed=False)
    EmailAddress.objects.create(user=user, email="mara.holder@example.org", verified=True)

    assert refusal(letter, now) == InvitationState.HAS_LOGIN


def test_login_that_never_proved_the_address_is_the_invited_ones(letter, holder, now):
    squatter = UserFactory(email="mara.holder@example.org", password="x" * 20, confirmed=False)
    EmailAddress.objects.create(user=squatter, email=squatter.email, primary=True, verified=False)

    user = accept(letter, now)

    assert (user, user.holder, user.check_password("x" * 20)) == (squatter, holder, False)
    assert EmailAddress.objects.get(user=user).verified


@pytest.mark.parametrize("kind", [{"roles": [Role.REGISTRAR]}, {"is_active": False}])
def test_login_of_staff_or_closed_one_is_not_taken_over(letter, now, kind):
    UserFactory(email="mara.holder@example.org", confirmed=False, **kind)

    assert refusal(letter, now) == InvitationState.HAS_LOGIN


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_make_one_login(now, in_thread, until_blocked):
    letter = LetterFactory(sent=True)

    with transaction.atomic():
        accept(letter, now)
        other = in_thread(lambda: accept(letter, now))
        until_blocked()

    assert (other.result(), User.objects.count()) == (User.objects.get(), 1)


@pytest.mark.django_db(transaction=True)
def test_who_registers_at_the_same_time_is_asked_to_log_in(now, in_thread, until_blocked):
    letter = LetterFactory(sent=True, holder__email="mara.holder@example.org")

    with transaction.atomic():
        UserFactory(email="mara.holder@example.org")
        other = in_thread(lambda: accept(letter, now))
        until_blocked()

    assert other.exception().state == InvitationState.HAS_LOGIN


# --- Linking to the login one has -------------------------------------------------------------------------------------


def test_invitation_links_the_record_to_the_login_one_has(letter, holder, now):
    user = UserFactory()

    actions.accept_as(letter=letter, by=user, at=now)

    user.refresh_from_db()
    assert (user.holder, EmailAddress.objects.filter(user=user).count()) == (holder, 1)


def test_linking_twice_is_one_link(letter, now):
    user = UserFactory()

    for _time in range(2):
        actions.accept_as(letter=letter, by=user, at=now)

    assert Alert.objects.count() == 1


def test_login_with_another_record_gets_no_second_one(letter, now):
    with pytest.raises(InvitationRefused) as refused:
        actions.accept_as(letter=letter, by=HolderUserFactory(), at=now)

    assert refused.value.state == InvitationState.OTHER_RECORD
