"""Closing an account: what the page says, who may not, and who is notified."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from accounts.actions import deliver
from accounts.actions.delivery import send
from accounts.enums import LetterKind, Role
from accounts.models import Alert, Holder, Letter, User
from accounts.tasks import deliver_alerts
from cmp_portal.lib.services.processes import free_port
from cmp_portal.privacy.closing import close_account
from cmp_portal.privacy.erasing import Depth, StillNeeded, erase
from tests.access.world import signed_in
from tests.cmp_portal.privacy.searching import columns_with
from tests.declarations.reviews import submitted
from tests.factories import (
    AlertFactory,
    ClaimFactory,
    CorrespondenceFactory,
    HolderFactory,
    HolderUserFactory,
    LetterFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MARK = "zyxmara"
MARK_AT = f"{MARK}@example.org"


@pytest.fixture
def visitor(client, now, settings):
    holder = HolderUserFactory().holder
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(holder.user)
    return client


def test_page_says_what_goes_and_what_stays(visitor):
    page = visitor.get(reverse("closing")).content.decode()

    assert [
        words
        for words in (
            *("your account: its email addresses", "your declarations", reverse("close"), reverse("export")),
            "With the address on file, your record is linked right away; with any other, you link it again",
        )
        if words not in page
    ] == []


def test_holder_closes_their_account(visitor):
    answer = visitor.post(reverse("close"), follow=True)

    assert "Your account is closed" in answer.content.decode()
    assert visitor.get(reverse("account:dashboard")).status_code == 302
    assert (User.objects.filter(is_active=True).count(), Holder.objects.count()) == (0, 1)


def test_whoever_has_no_record_closes_their_account_too(client, now, settings):
    user = UserFactory(email=MARK_AT)
    ClaimFactory(user=user)
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(user)

    assert reverse("closing") in client.get(reverse("account:dashboard")).content.decode()
    page = client.get(reverse("closing")).content.decode()
    answer = client.post(reverse("close"), follow=True)

    assert ("your credentials" in page, "your requests to link a record" in page) == (False, True)
    assert "Your account is closed." in answer.content.decode() and "keeps your record" not in answer.content.decode()
    assert (User.objects.filter(is_active=True).count(), columns_with(MARK)) == (0, set())


def test_staff_without_a_record_do_not_close_their_account(client, now, settings):
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(UserFactory(roles=[Role.REVIEWER]))

    assert reverse("closing") not in client.get(reverse("account:dashboard")).content.decode()
    assert {client.get(reverse("closing")).status_code, client.post(reverse("close")).status_code} == {403}


def test_whoever_had_the_account_hears_that_it_is_closed(visitor, now, mailoutbox):
    user = User.objects.get(is_active=True)
    Holder.objects.filter(user=user).update(first_name=MARK, last_name=MARK, email=MARK_AT)

    visitor.post(reverse("close"))
    deliver(at=now)

    assert sorted(one.to[0] for one in mailoutbox) == sorted([user.email, MARK_AT])
    assert [one.subject for one in mailoutbox if not one.subject.endswith(": your account is closed")] == []
    assert [one.subject for one in mailoutbox if MARK in one.subject] == []


def test_one_address_hears_of_it_once_and_in_its_language(visitor, now, mailoutbox):
    user = User.objects.get(is_active=True)
    Holder.objects.filter(user=user).update(email=user.email.upper())
    CorrespondenceFactory(holder=user.holder, language="es")

    visitor.post(reverse("close"))
    deliver(at=now)

    assert [one.alternatives[0].content.count('lang="es"') for one in mailoutbox] == [1]


@pytest.mark.parametrize("refused", [False, True])
def test_with_the_farewell_the_address_goes(visitor, now, refused):
    user = User.objects.get(is_active=True)
    visitor.post(reverse("close"))
    assert Letter.objects.filter(email=user.email).exists()

    deliver(at=now, send=refuse if refused else say)

    assert not Letter.objects.exists()


@pytest.mark.parametrize("refused", [False, True])
def test_the_old_address_still_hears_that_it_was_changed_and_then_goes(visitor, now, mailoutbox, refused):
    holder = Holder.objects.get()
    CorrespondenceFactory(holder=holder, language="es")
    LetterFactory(holder=holder, kind=LetterKind.ADDRESS_CHANGED, email=MARK_AT)

    visitor.post(reverse("close"))
    deliver(at=now, send=refuse if refused else send)

    warned = [one for one in mailoutbox if one.to == [MARK_AT]]
    assert [one.alternatives[0].content.count('lang="es"') for one in warned] == ([] if refused else [1])
    assert columns_with(MARK) == set()


@pytest.mark.parametrize("became", ["emailed_at", "failed_at", "withdrawn_at"])
def test_what_was_written_before_goes_with_the_account(visitor, now, became):
    LetterFactory(holder=Holder.objects.get(), kind=LetterKind.ADDRESS_CHANGED, email=MARK_AT, **{became: now})

    visitor.post(reverse("close"))

    assert columns_with(MARK) == set()


def say(_claimed, _server):
    """A mail server that takes everything."""


def refuse(claimed, _server):
    """A mail server that knows nobody."""
    raise SMTPRecipientsRefused({claimed.email: (550, b"no such user")})


def test_no_farewell_while_the_account_stays(client, now, settings):
    declaration = submitted()
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(declaration.holder.user)

    client.post(reverse("close"))

    assert not Letter.objects.filter(kind="account_closed").exists()


@pytest.fixture
def closed(visitor):
    """An account of one address that was closed just now: its farewell waits to be mailed."""
    user = User.objects.get(is_active=True)
    user.holder.first_name, user.holder.email = "Mara", user.email
    user.holder.save()
    visitor.post(reverse("close"))
    return user


@pytest.fixture
def mail_server_away(settings):
    """Until it is called."""
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    return lambda: setattr(settings, "EMAIL_BACKEND", there)


@pytest.mark.parametrize(
    ("depth", "greeting"),
    [(Depth.CLOSED, "Dear Mara,"), (Depth.ERASED, "Dear Mara,"), (Depth.FORGOTTEN, "Dear holder,")],
)
def test_who_is_erased_meanwhile_hears_of_it_and_then_no_address_is_left(closed, mailoutbox, depth, greeting):
    erase(closed.holder, depth)
    if depth >= Depth.ERASED:
        assert columns_with(closed.email) == {"accounts_letter.email"}

    deliver_alerts.apply()

    assert [(one.to, one.body.splitlines()[0]) for one in mailoutbox] == [([closed.email], greeting)]
    assert "accounts_letter.email" not in columns_with(closed.email)


def test_command_leaves_a_farewell_that_no_mail_server_took_yet(closed, mail_server_away, mailoutbox, capsys):
    deliver_alerts.apply()

    call_command("erase_holder", closed.holder.customer_number)
    assert "letters still to be mailed, each erased with its address afterwards: 1" in capsys.readouterr().out
    mail_server_away()
    deliver_alerts.apply()

    assert [one.to for one in mailoutbox] == [[closed.email]]
    assert columns_with(closed.email) == set()


def test_who_is_erased_while_the_farewell_is_on_its_way_hears_of_it_once(closed, now, mailoutbox):
    def erased_meanwhile(claimed, server):
        erase(closed.holder, Depth.FORGOTTEN)
        send(claimed, server)

    deliver(at=now, send=erased_meanwhile)
    deliver_alerts.apply()

    assert [one.to for one in mailoutbox] == [[closed.email]]
    assert columns_with(closed.email) == set()


@pytest.mark.parametrize(("method", "name"), [("get", "closing"), ("post", "close")])
def test_who_has_not_just_logged_in_is_asked_once_more(visitor, now, method, name, a_while_later):
    answer = getattr(visitor, method)(reverse(name))

    assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("account_reauthenticate"))
    assert User.objects.filter(is_active=True).count() == 1


@pytest.fixture
def a_while_later(visitor):
    """Ten minutes later: as long as what was proven then counts for twice."""
    session = visitor.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 600
    session.save()


def test_while_something_is_under_way_the_page_says_so(client, now, settings):
    declaration = submitted()
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(declaration.holder.user)

    page = client.get(reverse("closing")).content.decode()
    answer = client.post(reverse("close"))

    assert (declaration.number in page, reverse("close") in page, answer.url) == (True, False, reverse("closing"))
    assert User.objects.filter(holder=declaration.holder, is_active=True).exists()


def test_staff_asks_an_administrator(client, now, settings):
    user = HolderUserFactory(roles=["reviewer"])
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(user)

    assert client.post(reverse("close")).url == reverse("closing")
    assert User.objects.filter(pk=user.pk, is_active=True, roles=["reviewer"]).exists()


# --- At the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_record_that_is_linked_at_this_moment_is_closed_with_the_account(now, in_thread, until_blocked):
    user, holder = UserFactory(), HolderFactory(email=MARK_AT)
    AlertFactory(holder=holder)
    address = user.email

    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(holder=holder)
        closing = in_thread(lambda: close_account(user=user, at=now))
        until_blocked()

    closing.result()
    user.refresh_from_db()
    assert (user.is_active, user.holder, Alert.objects.exists()) == (False, None, False)
    assert {*Letter.objects.values_list("email", flat=True)} == {MARK_AT, address}


@pytest.mark.django_db(transaction=True)
def test_account_that_is_given_a_role_at_this_moment_stays(now, in_thread, until_blocked):
    user = UserFactory()

    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(roles=[Role.REVIEWER])
        closing = in_thread(lambda: close_account(user=user, at=now))
        until_blocked()

    assert isinstance(closing.exception(), StillNeeded)
    user.refresh_from_db()
    assert user.is_active
