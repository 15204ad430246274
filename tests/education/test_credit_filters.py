"""Searching and filtering a holder's credits."""

from datetime import date

import pytest
from django.urls import reverse

from education.queries import CreditFilters
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, EvidenceFactory, HolderUserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory()


@pytest.fixture
def find(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    def titles(**asked):
        page = client.get(reverse("education:credits"), asked).context["page"]
        return [row.title for row in page.rows]

    return titles


@pytest.fixture
def credits(cycle):
    own = {"holder": cycle.holder}
    AllocationFactory(cycle=cycle, credit__title="Troponin", credit__completed_on=date(2025, 5, 1))
    proven = CreditFactory(title="Antibodies", self_recorded=True, completed_on=date(2024, 5, 1), **own)
    EvidenceFactory(credit=proven)
    CreditFactory(title="Withdrawn one", withdrawn=True, completed_on=date(2023, 5, 1), **own)
    CreditFactory(title="Of somebody else")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Troponin", "Antibodies", "Withdrawn one"]),
        ({"words": "tropo"}, ["Troponin"]),
        ({"words": "TROPO nin"}, ["Troponin"]),
        ({"words": "troponin antibodies"}, []),
        ({"which": "unallocated"}, ["Antibodies"]),
        ({"which": "unproven"}, ["Troponin"]),
        ({"which": "withdrawn"}, ["Withdrawn one"]),
        ({"year": "2024"}, ["Antibodies"]),
        ({"year": "2024", "words": "tropo"}, []),
        ({"words": "somebody"}, []),
    ],
)
def test_holder_finds_what_they_ask_for(find, credits, asked, found):
    assert find(**asked) == found


def test_provider_is_found_by_its_name(find, credits, cycle):
    named = CreditFactory(holder=cycle.holder, self_recorded=True, provider_name="City Hospital", title="In-service")

    assert find(provider="City Hospital") == [named.title]
    assert find(words="city") == [named.title]


@pytest.mark.parametrize(
    "asked",
    [{"year": "x"}, {"which": "x"}, {"provider": "x"}, {"words": "\0"}, {"words": "x" * 101}, {"year": "99999"}],
)
def test_what_nobody_offered_asks_for_nothing(find, credits, asked):
    assert len(find(**asked)) == 3


def test_wildcards_are_letters(find, credits):
    assert find(words="%") == find(words="_") == []


def test_next_page_asks_for_the_same(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    CreditFactory.create_batch(30, holder=cycle.holder, title="Ethics & law")

    first = client.get(reverse("education:credits"), {"words": "& law"}).context["page"]
    second = client.get(first.pager.next_url).context["page"]

    assert (len(first.rows), len(second.rows)) == (25, 5)
    assert "words=%26+law" in second.pager.previous_url


def test_nothing_found_says_so(client, cycle, credits):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert "None of your credits match." in client.get(reverse("education:credits"), {"words": "zzz"}).content.decode()


def test_empty_parts_are_not_in_the_address():
    assert CreditFilters(year=2024).query == "year=2024"
