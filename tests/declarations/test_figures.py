"""The figures of the Board's queue: what came and went, how old it is, and who sees that."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.enums import Role
from declarations.enums import State
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import DeclarationFactory, UserFactory

pytestmark = pytest.mark.django_db
FIGURES = reverse("admin:declarations_declaration_figures")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def reviewer(client, db):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


def test_figures_tell_what_came_and_went(client, reviewer):
    submitted(at=AT)
    DeclarationFactory(state=State.DENIED)

    page = client.get(FIGURES).context["page"]

    weeks, ages, types = page.charts
    assert weeks.text == "In the last twelve weeks, 2 were received and 1 decided."
    assert dict(page.facts) == {
        "Waiting now": "1",
        "Decided in the last twelve weeks": "1",
        "Median time to decide": "0 days",
    }
    assert [row.values for row in ages.rows] == [("1",), ("0",), ("0",), ("0",), ("0",)]
    assert [(row.label, row.values) for row in types.rows] == [("MLS(ASCP)", ("1",))]


@pytest.mark.parametrize(
    ("days", "place"), [(0, 0), (7, 0), (8, 1), (14, 1), (15, 2), (30, 2), (31, 3), (60, 3), (61, 4)]
)
def test_ages_end_where_they_say(client, reviewer, days, place):
    _received(LATER.date() - timedelta(days=days))

    ages = client.get(FIGURES).context["page"].charts[1]

    assert [int(row.values[0]) for row in ages.rows].index(1) == place


def _received(on):
    DeclarationFactory(state=State.SUBMITTED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE declarations_declaration SET received_on = %s", [on])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_figures_of_nothing(client, reviewer):
    page = client.get(FIGURES).context["page"]

    assert dict(page.facts)["Median time to decide"] == "nothing decided yet"


def test_figures_ask_a_fixed_number_of_queries(client, reviewer, django_assert_num_queries):
    client.get(FIGURES)
    for _time in range(2):
        DeclarationFactory(state=State.SUBMITTED)
        with django_assert_num_queries(5):
            client.get(FIGURES)


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.PROVIDER, 403)])
def test_who_sees_figures(client, role, status):
    client.force_login(UserFactory(roles=[role]))

    assert client.get(FIGURES).status_code == status
