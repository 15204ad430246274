"""Query plans of hot queries: each has an index that the planner can use."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Alert
from cmp_portal import scale
from declarations.enums import State
from declarations.models import Declaration
from education.models import Allocation, Credit
from tests.factories import HolderFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 10)


@pytest.fixture
def rows(now):
    """Enough rows that a plan by index is the cheaper one; sequential scans are priced out for the rest."""
    for command in ("load_reference", "load_requirements"):
        call_command(command, verbosity=0)
    scale.seed(scale.Order(holders=30, seed=1, on=ON, at=now))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; ANALYZE")


def nodes(plan):
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def steps(query):
    """What the plan does with which index, from the outside in."""
    sql, params = query if isinstance(query, tuple) else query.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [(found,)] = cursor.fetchall()
    plan = json.loads(found) if isinstance(found, str) else found
    return [(node["Node Type"], node.get("Index Name")) for node in nodes(plan[0]["Plan"])]


def test_the_sums_of_a_cycle_are_read_from_the_index_alone(rows):
    cycle = Allocation.objects.order_by("id").first().cycle_id

    found = steps(
        ("SELECT area_id, SUM(points) FROM education_allocation WHERE cycle_id = %s GROUP BY area_id", [cycle])
    )

    assert ("Index Only Scan", "allocation_sums") in found


def test_the_sums_of_all_cycles_are_read_from_the_index_alone(rows):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off")

    found = steps(("SELECT cycle_id, area_id, SUM(points) FROM education_allocation GROUP BY cycle_id, area_id", []))

    assert ("Index Only Scan", "allocation_sums") in found


def test_credits_come_newest_first_without_a_sort(rows):
    holder = Credit.objects.order_by("id").first().holder_id

    found = steps(Credit.objects.filter(holder=holder).order_by("-completed_on", "-id")[:26])

    assert found == [("Limit", None), ("Index Scan", "credit_newest_first")]


def test_a_window_of_credits_is_a_range_of_the_same_index(rows):
    holder = Credit.objects.order_by("id").first().holder_id
    days = (ON - timedelta(days=900), ON)

    found = steps(Credit.objects.filter(holder=holder, completed_on__range=days).order_by("-completed_on", "-id")[:26])

    assert found == [("Limit", None), ("Index Scan", "credit_newest_first")]


def test_what_a_provider_delivered_is_found_by_its_number(rows):
    credit = Credit.objects.exclude(provider=None).order_by("id").first()

    found = steps(Credit.objects.filter(provider=credit.provider_id, external_id=credit.external_id))

    assert found == [("Index Scan", "credit_delivered_once")]


def test_open_cycles_are_found_by_their_end(rows):
    found = steps(("SELECT id FROM credentials_cycle WHERE closed_at IS NULL AND ends_on BETWEEN %s AND %s", [ON, ON]))

    assert found == [("Index Scan", "cycle_open_by_end")]


def test_how_often_a_cycle_was_completed_is_read_from_the_index_alone(rows):
    found = steps(("SELECT cycle_id, times_completed FROM education_cyclestatus WHERE is_complete", []))

    assert found == [("Index Only Scan", "cycle_status_complete")]


def test_whether_something_was_told_is_read_from_the_index_alone(rows):
    alert = Alert.objects.order_by("id").first()

    found = steps(("SELECT 1 FROM accounts_alert WHERE holder_id = %s AND key = %s", [alert.holder_id, alert.key]))

    assert found == [("Index Only Scan", "alert_told_once")]


def test_the_queue_of_declarations_is_an_index_in_order(rows):
    queue = Declaration.objects.filter(state=State.RENEWED).order_by("received_at", "id")

    assert steps(queue[:25]) == [("Limit", None), ("Index Scan", "declaration_queue")]


def test_alerts_come_newest_first_without_a_sort(rows):
    alerts = HolderFactory().alerts.order_by("-created_at", "-id")

    assert steps(alerts[:12]) == [("Limit", None), ("Index Scan", "alert_newest_first")]
