"""Draws in SQL give the same lists as the rules in Python."""

from collections import Counter

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from audits import rules
from audits.actions.drawing import LISTS

pytestmark = pytest.mark.django_db


POOL = """
    DROP TABLE IF EXISTS audits_pool;
    CREATE TEMP TABLE audits_pool AS
    SELECT place AS id, place AS cycle_id, kind AS credential_type_id, is_late, has_findings,
           sha256(convert_to(%s || ':' || number, 'UTF8')) AS rank
      FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::boolean[])
           n (place, number, kind, is_late, has_findings)
"""
strata = some.tuples(some.sampled_from(["1", "2"]), some.booleans(), some.booleans()).map(
    lambda one: rules.Stratum(*one)
)
some_rates = some.decimals(min_value=0, max_value=1, places=4)
# PostgreSQL has no texts with a NUL.
texts = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, some.dictionaries(texts, strata, max_size=30), some_rates, some_rates, some_rates)
def test_the_lists_of_sql_are_those_of_the_rules(db, seed, population, usual, late, findings):
    rates, counts = rules.Rates(usual, late=late, findings=findings), Counter(population.values())
    numbers = list(population)
    kinds, lates, found_before = ([one[column] for one in population.values()] for column in range(3))
    values = {
        "types": [int(one.credential) for one in counts],
        "late": [one.is_late for one in counts],
        "findings": [one.has_findings for one in counts],
        "lengths": [rules.length(count, rates.of(one)) for one, count in counts.items()],
        "thresholds": [rules.threshold(rates.of(one)) for one in counts],
    }
    with connection.cursor() as cursor:
        cursor.execute(POOL, [seed, list(range(len(numbers))), numbers, list(map(int, kinds)), lates, found_before])
        lists = {}
        for is_rolling in (False, True):
            cursor.execute(LISTS, values | {"is_rolling": is_rolling})
            cursor.execute("SELECT id FROM audits_list")
            lists[is_rolling] = {numbers[place] for (place,) in cursor}

    assert lists[False] == set(rules.draw(seed, population, rates))
    assert lists[True] == {
        one for one, stratum in population.items() if rules.rank(seed, one) < rules.threshold(rates.of(stratum))
    }
