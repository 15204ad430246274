import pytest
from django.db import transaction

from faults.cases.f6 import OF_FILES, a_feed, packed, shuffled, written
from faults.tables import database_sums
from tests import importing


@pytest.fixture
def feed(provider):
    return a_feed(60, corrected=10)


@pytest.mark.parametrize("again", ["whole", "shuffled", "in parts", "corrections first", "packed"])
def test_feed_that_comes_again_changes_nothing(feed, provider, tmp_path, again):
    ways = {
        "whole": [feed],
        "shuffled": [shuffled(feed, 1)],
        "in parts": [feed[:30], feed[30:]],
        "corrections first": [feed[60:], feed[:60]],
        "packed": [shuffled(feed, 2)],
    }
    importing.run("import_credits", written(tmp_path, "first", feed), provider=provider)
    once = database_sums(without=OF_FILES)

    for number, lines in enumerate(ways[again]):
        file = (packed if again == "packed" else written)(tmp_path, f"again-{number}", lines)
        importing.run("import_credits", file, provider=provider)

    assert database_sums(without=OF_FILES) == once


def test_order_of_arrival_does_not_matter(feed, provider, tmp_path):
    """From nothing: what is told last in time wins, though it comes first."""
    sums = []
    for number, parts in enumerate(([feed], [feed[60:], feed[:60]], [shuffled(feed, 3)])):
        with transaction.atomic():
            for part, lines in enumerate(parts):
                file = written(tmp_path, f"{number}-{part}", lines)
                importing.run("import_credits", file, provider=provider)
            sums.append(database_sums(without=OF_FILES))
            transaction.set_rollback(True)

    assert sums[0]["education_credit"].startswith("60 rows")
    assert sums[1] == sums[0] == sums[2]
