"""The number of queries of each page is the same for few and many rows."""

import gzip

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.urls import reverse

from tests.factories import (
    AlertFactory,
    AllocationFactory,
    AttestationFactory,
    CredentialFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    AttestationFactory()
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def visit(client, cycle):
    user = HolderUserFactory(holder=cycle.holder)
    client.force_login(user)
    # As a login notes it, by which session and marks are one question.
    UserSession.objects.create(user=user, session_key=client.session.session_key, ip="127.0.0.1", user_agent="")
    return lambda name, *args: client.get(reverse(name, args=args))


# More of what there is one of, each with its share.
MANY_CREDITS = """
    INSERT INTO education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id, subjects,
                                  completed_on, unit, quantity, points)
    SELECT gen_random_uuid(), holder_id, provider_id, '', 'many-' || n, title, kind_id, subjects,
           completed_on + n %% 400, unit, quantity, points
      FROM education_credit, generate_series(2, %(number)s) n
"""
MANY_SHARES = """
    INSERT INTO education_allocation (holder_id, cycle_id, credit_id, area_id, points)
    SELECT a.holder_id, a.cycle_id, c.id, a.area_id, a.points
      FROM education_allocation a, education_credit c WHERE c.id <> a.credit_id
"""


def allocated(cycle, number):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], completed_on=cycle.starts_on)
    AllocationFactory(cycle=cycle, credit=credit)
    with connection.cursor() as cursor:
        cursor.execute(MANY_CREDITS, {"number": number})
        cursor.execute(MANY_SHARES)


@pytest.mark.parametrize("credits", [1, 3, 5_000])
@pytest.mark.parametrize(
    ("name", "queries"), [("account:dashboard", 7), ("education:progress", 8), ("education:credits", 7)]
)
def test_a_page_asks_the_same_number_of_questions(visit, cycle, django_assert_num_queries, name, queries, credits):
    allocated(cycle, credits)
    visit(name)  # the requirements are read once in the life of a process

    with django_assert_num_queries(queries):
        assert visit(name).status_code == 200


@pytest.mark.parametrize("credits", [1, 3, 50])
def test_the_declaration_asks_the_same_number_of_questions(visit, cycle, django_assert_num_queries, credits):
    allocated(cycle, credits)
    visit("declarations:declare", cycle.pk)

    with django_assert_num_queries(10):
        assert visit("declarations:declare", cycle.pk).status_code == 200


@pytest.mark.parametrize("credentials", [1, 3])
def test_my_account_asks_the_same_for_several_credentials(visit, cycle, django_assert_num_queries, credentials):
    for _one in range(credentials - 1):
        CycleFactory(credential=CredentialFactory(holder=cycle.holder), holder=cycle.holder)
    visit("account:dashboard")

    with django_assert_num_queries(7):
        visit("account:dashboard")


@pytest.mark.parametrize("name", ["account:dashboard", "education:progress"])
def test_a_page_full_of_rows_stays_light(visit, cycle, name):
    for number in range(30):
        CreditFactory(holder=cycle.holder, subjects=["chemistry"], title=f"Electrolytes in the elderly, part {number}")
        AlertFactory(holder=cycle.holder)

    page = visit(name).content

    assert len(page) <= 25 * 1024
    assert len(gzip.compress(page)) <= 4 * 1024


def test_a_page_sees_changed_requirements_at_once(visit, cycle):
    visit("education:progress")

    cycle.requirement_set.areas.filter(code="safety").update(title="Safety of everybody")

    assert b"Safety of everybody" in visit("education:progress").content


@pytest.mark.parametrize(
    "query", ["?credential=x", "?credential=9" * 30, "?at=f99999999-1", "?at=bogus", "?at=f20260101-" + "9" * 40]
)
def test_a_mangled_address_is_no_error(client, cycle, query):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert client.get(reverse("education:progress") + query).status_code == 200


def test_the_list_of_credits_goes_on_where_the_page_ended(visit, client, cycle):
    allocated(cycle, 30)

    first = visit("education:credits").context["page"]
    second = client.get(first.pager.next_url).context["page"]
    back = client.get(second.pager.previous_url).context["page"]

    assert (len(first.rows), len(second.rows)) == (25, 5)
    assert back.rows == first.rows


def test_what_to_do_next_comes_before_what_is_new(visit, cycle):
    AlertFactory.create_batch(2, holder=cycle.holder)

    text = visit("account:dashboard").content.decode()

    places = [text.index(mark) for mark in ('href="#alerts"', 'class="next"', 'id="alerts"')]
    assert places == sorted(places)
    assert ">2 alerts</a>" in text
