"""A back-office form sent twice takes effect once and gets two responses; conflicts with other staff are reported."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Holder
from tests.factories import HolderFactory, UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:accounts_holder_add")
ANN = {"customer_number": "4711", "first_name": "Ann", "last_name": "Newcomer", "birth_month": "4", "email": ""}


@pytest.fixture
def registrar():
    return signed_in()


def signed_in():
    client = Client()
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))
    return client


def told(answer):
    return answer.status_code, answer.get("Location"), [str(one) for one in get_messages(answer.wsgi_request)][-1:]


def test_added_twice_is_added_once_and_answered_twice(registrar):
    first, second = (told(registrar.post(ADD, ANN)) for _time in range(2))

    assert first == second
    assert (Holder.objects.count(), LogEntry.objects.count()) == (1, 1)


def test_added_again_a_minute_later_is_looked_at_anew(registrar, now):
    registrar.post(ADD, ANN)

    with time_machine.travel(now + timedelta(seconds=61), tick=False):
        answer = registrar.post(ADD, ANN)

    assert (answer.status_code, "already exists" in answer.content.decode()) == (200, True)


def test_another_one_is_added(registrar):
    for number in ("4711", "4712"):
        registrar.post(ADD, ANN | {"customer_number": number})

    assert list(Holder.objects.order_by("id").values_list("customer_number", flat=True)) == ["4711", "4712"]


@pytest.mark.parametrize("changed", [{"first_name": "Anna"}, {"birth_month": ""}])
def test_same_number_for_somebody_else_is_refused_by_the_form(registrar, changed):
    registrar.post(ADD, ANN)

    answer = registrar.post(ADD, ANN | changed)

    assert (answer.status_code, "already exists" in answer.content.decode()) == (200, True)


def test_what_a_colleague_has_added_is_told(registrar):
    registrar.post(ADD, ANN)

    answer = signed_in().post(ADD, ANN)

    assert (answer.status_code, "already exists" in answer.content.decode()) == (200, True)


def test_changed_twice_is_noted_once(registrar):
    holder = HolderFactory()
    page = reverse("admin:accounts_holder_change", args=[holder.pk])

    first, second = (told(registrar.post(page, ANN)) for _time in range(2))

    holder.refresh_from_db()
    assert (first == second, holder.first_name, LogEntry.objects.count()) == (True, "Ann", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["add", "change"])
def test_what_a_feed_brings_in_the_same_moment_is_told_by_the_form(registrar, in_thread, until_blocked, page):
    path = ADD if page == "add" else reverse("admin:accounts_holder_change", args=[HolderFactory().pk])

    with transaction.atomic():
        HolderFactory(customer_number=ANN["customer_number"])
        answer = in_thread(lambda: registrar.post(path, ANN))
        until_blocked()

    page = answer.result()
    assert (page.status_code, "already exists" in page.content.decode()) == (200, True)
