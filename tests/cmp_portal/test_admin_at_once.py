"""Two members of staff edit the same row in the back office: neither overwrites the other's changes."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.enums import Role
from tests.factories import ChangeFactory, HolderFactory, UserFactory

pytestmark = pytest.mark.django_db
CHANGED = "This was changed after you opened the page"


@pytest.fixture
def holder():
    return HolderFactory(first_name="Ann", last_name="Newcomer", email="ann@example.org", birth_month=4)


@pytest.fixture
def opens(holder):
    """Opens the page of the holder, and gives what sends it with something changed."""
    page = reverse("admin:accounts_holder_change", args=[holder.pk])
    fields = ("customer_number", "first_name", "last_name", "birth_month", "email")
    shown = {name: getattr(holder, name) for name in fields}

    def open_page():
        client = Client()
        client.force_login(UserFactory(roles=[Role.REGISTRAR]))
        seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode()).group(1)
        return lambda **changed: client.post(page, shown | changed | {"seen": seen})

    return open_page


def test_who_comes_second_undoes_nothing_and_is_told(opens, holder):
    first, second = opens(), opens()

    first(last_name="Lind")
    answer = second(email="new@example.org")

    holder.refresh_from_db()
    assert (holder.last_name, holder.email) == ("Lind", "ann@example.org")
    assert CHANGED in answer.content.decode()


def test_who_sends_the_same_again_is_answered_the_same(opens):
    send = opens()

    first, second = (send(last_name="Lind") for _time in range(2))

    assert (first.status_code, second.status_code) == (302, 302)


def test_what_was_refused_once_is_refused_again(opens):
    first, second = opens(), opens()
    first(last_name="Lind")

    answers = [second(email="new@example.org").content.decode() for _time in range(2)]

    assert all(CHANGED in answer for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_change_granted_while_the_page_is_sent_is_not_overwritten(opens, holder, now, in_thread, until_blocked):
    change = ChangeFactory(holder=holder, first_name="Ann", last_name="Lind")
    send = opens()

    with transaction.atomic():
        actions.grant_change(
            change=change, by=UserFactory(roles=[Role.REGISTRAR]), at=now, note="As the passport shows."
        )
        answer = in_thread(lambda: send(birth_month="5"))
        until_blocked()

    assert CHANGED in answer.result().content.decode()
    holder.refresh_from_db()
    assert (holder.last_name, holder.birth_month) == ("Lind", 4)


def test_page_of_a_row_that_never_was_is_not_found(client):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    answers = [client.post(reverse("admin:accounts_holder_change", args=[key])) for key in ("999999999", "nobody")]

    assert [answer.status_code for answer in answers] == [302, 302]
