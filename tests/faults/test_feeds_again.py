import pytest

from faults.cases.f6 import OF_FILES, a_feed, shuffled, written
from faults.tables import database_sums
from tests import importing


@pytest.fixture
def feed(provider):
    return a_feed(60, corrected=10)


@pytest.mark.parametrize("again", ["whole", "shuffled", "in parts"])
def test_feed_that_comes_again_changes_nothing(feed, provider, tmp_path, again):
    ways = {"whole": [feed], "shuffled": [shuffled(feed, 1)], "in parts": [feed[:30], feed[30:]]}
    importing.run("import_credits", written(tmp_path, "first", feed), provider=provider)
    once = database_sums(without=OF_FILES)

    for number, lines in enumerate(ways[again]):
        importing.run("import_credits", written(tmp_path, f"again-{number}", lines), provider=provider)

    assert database_sums(without=OF_FILES) == once
