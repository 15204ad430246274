"""Concurrent attempts to claim a record count as if made one after the other."""

import pytest
from django.db import transaction

from credentials import actions
from credentials.models import Claim
from credentials.rules.claims import TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE, Said
from tests.factories import UserFactory

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
