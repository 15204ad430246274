"""The Board's decisions on requests to change a record."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction

from accounts import actions
from accounts.actions import ChangeRefused
from accounts.enums import LetterKind, RequestState, Role
from accounts.models import Alert, Change, Holder, Letter
from tests.accounts import changing
from tests.accounts.changing import ADDRESS, mara, titles
from tests.factories import ChangeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(now):
    return mara()


@pytest.fixture
def user(holder):
    return holder.user


@pytest.fixture
def ask(holder, now):
    return lambda *what, at=now: changing.ask(holder, *what, at=at)


def grant(change, by, at, note="As the passport shows."):
    return actions.grant_change(change=change, by=by, at=at, note=note)


def decline(change, by, at, note="The document shows another name."):
    return actions.decline_change(change=change, by=by, at=at, note=note)


def test_granted_name_is_in_the_register_and_the_holder_hears_of_it(ask, holder, registrar, now):
    change = grant(ask(), registrar, now)

    holder.refresh_from_db()
    assert (holder.name, change.state, change.decided_by) == ("Mara Holder-Lind", RequestState.GRANTED, registrar)
    assert titles(holder) == ["Your name was changed"]


def test_change_of_the_register_is_in_its_history(ask, registrar, now):
    grant(ask(), registrar, now)

    events = Holder.pgh_event_model.objects.order_by("pgh_id").values_list("last_name", flat=True)
    assert list(events) == ["Holder", "Holder-Lind"]


def test_granted_address_is_told_to_the_old_one(ask, holder, registrar, now):
    grant(ask(ADDRESS), registrar, now)
    actions.deliver(at=now)

    holder.refresh_from_db()
    assert holder.email == "new@example.org"
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["mara.holder@example.org"], "Board of Certification: this address is no longer on file")
    ]
    assert "new@example.org" not in mail.outbox[0].body


def test_granted_address_links_and_unlinks_nobody(ask, holder, user, registrar, now):
    other = UserFactory(email="new@example.org")
    logins = sorted(EmailAddress.objects.values_list("user", "email"))

    grant(ask(ADDRESS), registrar, now)

    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.holder, other.holder) == (holder, None)
    assert sorted(EmailAddress.objects.values_list("user", "email")) == logins


def test_first_address_is_told_to_nobody_else(registrar, now):
    change = ChangeFactory(address=True, holder__email="")

    grant(change, registrar, now)

    assert Letter.objects.count() == 0


def test_declined_change_leaves_the_register(ask, holder, registrar, now):
    change = decline(ask(), registrar, now)

    assert (change.state, Holder.objects.get().last_name) == (RequestState.DECLINED, "Holder")
    assert [(alert.title, alert.body) for alert in Alert.objects.all()] == [
        ("Your request to change your record was declined", "The document shows another name.")
    ]


@pytest.mark.parametrize("decide", [grant, decline])
def test_same_decision_twice_is_one(ask, holder, registrar, now, decide):
    change = ask()

    states = {decide(change, registrar, now).state for _time in range(2)}

    assert (len(states), len(titles(holder))) == (1, 1)


@pytest.mark.parametrize("decide", [grant, decline])
def test_decided_change_is_not_decided_otherwise(ask, registrar, now, decide):
    change = ask()
    grant(change, registrar, now, note="Fine.")

    with pytest.raises(ChangeRefused, match="now “Granted”"):
        decide(change, UserFactory(roles=[Role.REGISTRAR]), now)


@pytest.mark.parametrize("decide", [grant, decline])
def test_decision_needs_a_reason(ask, registrar, now, decide):
    with pytest.raises(ChangeRefused, match="Give a reason"):
        decide(ask(), registrar, now, note=" ")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_a_registrar_decides(ask, now, role):
    with pytest.raises(ChangeRefused, match="not allowed"):
        grant(ask(), UserFactory(roles=[role]), now)


def test_nobody_decides_on_their_own_request(ask, user, now):
    user.roles = [Role.REGISTRAR]
    user.save()

    with pytest.raises(ChangeRefused, match="not allowed"):
        grant(ask(), user, now)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once(now, in_thread, until_blocked):
    change = ChangeFactory()
    first, second = UserFactory(roles=[Role.REGISTRAR]), UserFactory(roles=[Role.REGISTRAR])

    with transaction.atomic():
        grant(change, first, now)
        other = in_thread(lambda: decline(change, second, now))
        until_blocked()

    assert isinstance(other.exception(), ChangeRefused)
    assert Change.objects.get().state == RequestState.GRANTED


@pytest.mark.django_db(transaction=True)
def test_request_that_is_taken_back_is_not_granted(now, in_thread, until_blocked):
    change = ChangeFactory()
    registrar = UserFactory(roles=[Role.REGISTRAR])

    with transaction.atomic():
        actions.withdraw_change(change=change, by=change.requested_by, at=now)
        other = in_thread(lambda: grant(change, registrar, now))
        until_blocked()

    assert isinstance(other.exception(), ChangeRefused)
    assert Holder.objects.get().name == change.holder.name


def test_registrars_own_correction_of_an_address_is_told_to_the_old_one(holder, registrar, now):
    holder.email = "new@example.org"

    actions.keep_holder(holder=holder, by=registrar, at=now)

    assert [(letter.kind, letter.email) for letter in Letter.objects.all()] == [
        (LetterKind.ADDRESS_CHANGED, "mara.holder@example.org")
    ]


def test_correction_of_a_name_writes_no_letter(holder, registrar, now):
    holder.last_name = "Lind"

    actions.keep_holder(holder=holder, by=registrar, at=now)

    assert (Letter.objects.count(), Holder.objects.get().last_name) == (0, "Lind")
