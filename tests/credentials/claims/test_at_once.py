"""Concurrent attempts to claim a record count as if made one after the other."""

import pytest
from django.contrib.admin import site
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection, transaction
from django.test import RequestFactory

from accounts.enums import Role
from credentials import actions
from credentials.enums import ClaimState
from credentials.models import Claim
from credentials.rules.claims import TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE, Said
from tests.factories import ClaimFactory, HolderFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
SAID = Said(certificate_number="700101", last_name="Okafor", birth_month=4)


def tries(in_thread, users, at):
    """Each in a thread and a connection of its own; how many were let through."""
    calls = [in_thread(lambda user=user: attempt(user, at)) for user in users]
    return sum(call.result() for call in calls)


def attempt(user, at):
    try:
        actions.claim(said=SAID, by=user, at=at)
    except actions.ClaimRefused:
        return False
    return True


def test_one_certificate_has_few_tries_of_many_at_once(in_thread, now):
    users = UserFactory.create_batch(TRIES_A_DAY_AT_A_CERTIFICATE + 8)

    assert tries(in_thread, users, now) == TRIES_A_DAY_AT_A_CERTIFICATE


def test_one_sign_in_has_few_tries_of_many_at_once(in_thread, now):
    assert tries(in_thread, [UserFactory()] * (TRIES_A_DAY + 8), now) == TRIES_A_DAY


def test_the_last_try_at_a_certificate_is_waited_for(in_thread, until_blocked, now):
    for _time in range(TRIES_A_DAY_AT_A_CERTIFICATE - 1):
        attempt(UserFactory(), now)
    first, second = UserFactory.create_batch(2)

    with transaction.atomic():
        actions.claim(said=SAID, by=first, at=now)
        other = in_thread(lambda: attempt(second, now))
        until_blocked()

    assert (other.result(), Claim.objects.count()) == (False, TRIES_A_DAY_AT_A_CERTIFICATE)


def submitted(claim, by, **said):
    """The submitted form, as the page receives it once the login is known: only then nothing but the page is read."""
    request = RequestFactory().post("/", said)
    request.user, request.session = by, {}
    request._messages = FallbackStorage(request)
    return request, lambda: site.get_model_admin(Claim).change_view(request, str(claim.pk))


def test_second_submission_that_read_the_claim_before_the_first_one_decided_succeeds_too(in_thread, until_blocked, now):
    """It has the claim as undecided, and waits to read who has the record until that has changed."""
    holder, registrar = HolderFactory(), UserFactory(roles=[Role.REGISTRAR])
    owner, note = HolderUserFactory(holder=holder), "Saw the passport."
    claim = ClaimFactory(state=ClaimState.CONTESTED, holder=holder)
    request, submit = submitted(claim, registrar, decision=f"grant_from_{owner.pk}", note=note)

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_holder IN ACCESS EXCLUSIVE MODE")
        second = in_thread(submit)
        until_blocked()
        actions.grant(claim=claim, by=registrar, at=now, note=note, seen=owner.pk)

    assert (second.result().status_code, Claim.objects.get().state) == (302, ClaimState.LINKED)
    assert [str(one) for one in get_messages(request)] == [
        f"The record with certificate {claim.certificate_number} is linked to {claim.user}."
    ]
