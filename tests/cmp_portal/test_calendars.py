"""A calendar feed with a holder's dates, at a revocable URL."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import CalendarFeed
from declarations.enums import State
from tests.factories import (
    AlertFactory,
    CalendarFeedFactory,
    CredentialFactory,
    CycleFactory,
    DeclarationFactory,
    HolderUserFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(ending=True)


@pytest.fixture
def feed(cycle):
    return CalendarFeedFactory(holder=cycle.holder)


def read(client, feed):
    answer = client.get(reverse("calendar", args=[feed.uuid]))
    return answer.content.decode().replace("\r\n ", "").split("\r\n")


def days(found):
    return [line.partition(":")[2] for line in found if line.startswith("DTSTART")]


def test_cycle_has_its_three_days(client, feed):
    found = read(client, feed)

    assert days(found) == ["20260130", "20260330", "20260430"]
    assert [line for line in found if line.startswith("SUMMARY")][-1].endswith(": last day of the cycle")


@pytest.mark.parametrize(("voluntary", "what"), [(False, "credential expires"), (True, "cycle ends")])
def test_month_of_processing_is_said_to_end_with_what_ends(client, now, voluntary, what):
    cycle = CycleFactory(ending=True, voluntary=voluntary)

    found = read(client, CalendarFeedFactory(holder=cycle.holder))

    assert f"DESCRIPTION:The Board needs time to process it before the {what}." in found


def test_declared_cycle_has_its_end_alone(client, cycle, feed):
    DeclarationFactory(cycle=cycle, state=State.SUBMITTED)

    assert days(read(client, feed)) == ["20260430"]


def test_closed_cycle_is_over(client, feed):
    CycleFactory(holder=feed.holder, credential=CredentialFactory(holder=feed.holder), closed=True)

    assert len(days(read(client, feed))) == 3


def test_days_of_others_stay_theirs(client, feed):
    CycleFactory(ending=True)

    assert len(days(read(client, feed))) == 3


def test_names_of_events_stay_when_days_move(client, cycle, feed):
    before = [line for line in read(client, feed) if line.startswith("UID")]
    type(cycle).objects.filter(pk=cycle.pk).update(ends_on=date(2026, 3, 31))

    assert [line for line in read(client, feed) if line.startswith("UID")] == before


def test_calendar_says_nothing_about_its_holder(client, cycle, feed):
    found = "\n".join(read(client, feed))

    holder = cycle.holder
    for secret in (holder.first_name, holder.last_name, holder.customer_number, cycle.credential.certificate_number):
        assert secret not in found


@pytest.mark.parametrize("cycles", [1, 3])
def test_calendar_asks_the_same_number_of_questions(client, cycle, feed, django_assert_num_queries, cycles):
    for _one in range(cycles - 1):
        CycleFactory(holder=cycle.holder, credential=CredentialFactory(holder=cycle.holder))

    with django_assert_num_queries(3):
        read(client, feed)


def test_unknown_address_is_nothing(client, feed):
    assert client.get(reverse("calendar", args=[uuid4()])).status_code == 404


def test_new_address_makes_the_old_one_unknown(client, cycle, feed):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    old = feed.uuid
    client.post(reverse("calendar_make"), {"instead_of": old})
    feed.refresh_from_db()

    assert client.get(reverse("calendar", args=[old])).status_code == 404
    assert client.get(reverse("calendar", args=[feed.uuid])).status_code == 200


def test_address_asked_for_twice_is_made_once(client, cycle, feed):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    old = feed.uuid
    client.post(reverse("calendar_make"), {"instead_of": old})
    made = CalendarFeed.objects.get().uuid
    client.post(reverse("calendar_make"), {"instead_of": old})

    assert CalendarFeed.objects.get().uuid == made != old


@pytest.mark.parametrize(
    ("seen", "words"), [({}, "This is the address of your calendar."), ({"instead_of": "older"}, "your new address")]
)
def test_only_who_had_an_address_is_told_of_an_older_one(client, cycle, seen, words):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    answer = client.post(reverse("calendar_make"), seen, follow=True)

    assert words in words_of(answer)[0]


def test_page_asks_for_another_address_instead_of_the_one_it_shows(client, cycle, feed):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    shown = client.get(reverse("calendar_settings")).content.decode()

    assert f'<input type="hidden" name="instead_of" value="{feed.uuid}">' in shown


def test_page_shows_the_address(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    client.post(reverse("calendar_make"))
    feed = CalendarFeed.objects.get()

    assert reverse("calendar", args=[feed.uuid]) in client.get(reverse("calendar_settings")).content.decode()


def test_address_is_taken_away_once_and_for_all(client, cycle, feed):
    AlertFactory(holder=cycle.holder)
    client.force_login(HolderUserFactory(holder=cycle.holder))
    client.post(reverse("calendar_forget"))
    client.post(reverse("calendar_forget"))

    assert not CalendarFeed.objects.exists()
    assert client.get(reverse("calendar", args=[feed.uuid])).status_code == 404
