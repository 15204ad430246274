from datetime import date

import pytest

from education.rules import Writing, evaluate, lost, shortfall_words, still_needed
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share

AREAS = area("medical ethics", 'minimum = "1"', accepts="ethics").replace('"medical ethics"', '"ethics"', 1)
AREAS += area("rest")
YEARLY = rule("yearly", 'minimum = "2"', 'per = "year"')


def standing(tables, *, shares=(), **head):
    credits = [credit(1, "20", "ethics", on="2017-07-01"), credit(2, "20", on="2017-07-01", kind="article")]
    return evaluate(requirements(tables, **head), credits, shares, WINDOW)


@pytest.mark.parametrize(
    ("tables", "shares", "needed", "words"),
    [
        pytest.param(AREAS, [share(2, "rest", "5.5")], "4.50",
                     "You still need 4.50 points: 1.00 in medical ethics, 3.50 in any area.",
                     id="an area and the total"),
        pytest.param(AREAS, [share(2, "rest", "10")], "1.00", "You still need 1.00 point in medical ethics.",
                     id="an area alone"),
        pytest.param(AREAS, [share(1, "ethics", "6")], "4.00", "You still need 4.00 points in any area.",
                     id="the total alone"),
        pytest.param(AREAS, [share(1, "ethics", "10")], "0", "Nothing is missing: every requirement is met.",
                     id="nothing"),
        pytest.param(AREAS + rule("papers", 'kinds = ["article"]', 'minimum = "2"'), [share(1, "ethics", "7")],
                     "3.00", "You still need 3.00 points: 3.00 in any area, among them 2.00 for “Papers”.",
                     id="a rule within the total"),
        pytest.param(AREAS + rule("papers", 'kinds = ["article"]', 'minimum = "2"'), [share(1, "ethics", "10")],
                     "2.00", "You still need 2.00 points: 2.00 in any area, among them 2.00 for “Papers”.",
                     id="a rule beyond the total"),
        pytest.param(AREAS + rule("other", 'areas = ["rest"]', 'minimum = "4"'), [share(2, "rest", "3")], "7.00",
                     "You still need 7.00 points: 1.00 in medical ethics, 6.00 in any area, "
                     "among them 1.00 for “Other”.",
                     id="a rule beside an area"),
        pytest.param(AREAS + YEARLY, [share(1, "ethics", "10")], "4.00",
                     "You still need 4.00 points: 4.00 in any area, among them 4.00 for “Yearly”.", id="two years"),
    ],
)  # fmt: skip
def test_shortfall_is_the_least_to_earn_in_words(tables, shares, needed, words):
    found = standing(tables, shares=shares)

    assert str(still_needed(found)) == f"{float(needed):.2f}"
    assert shortfall_words(found) == words


def test_a_rule_beside_an_area_needs_both():
    tables = AREAS + rule("other", 'areas = ["rest"]', 'minimum = "4"')

    found = standing(tables, shares=[share(2, "rest", "2")], total="4")

    assert still_needed(found) == 3


@pytest.mark.parametrize(
    ("on", "needed", "words"),
    [
        ("2016-05-31", "4.00", "You still need 4.00 points: 4.00 in any area, among them 4.00 for “Yearly”."),
        ("2016-06-01", "2.00", "You still need 2.00 points: 2.00 in any area, among them 2.00 for “Yearly”. "
         "2.00 for “Yearly” in the year ending 2016-05-31 can no longer be made up."),
        ("2017-06-01", "0.00", "2.00 for “Yearly” in the year ending 2016-05-31 can no longer be made up. "
         "2.00 for “Yearly” in the year ending 2017-05-31 can no longer be made up."),
    ],
)  # fmt: skip
def test_what_a_past_year_lacks_can_no_longer_be_made_up(on, needed, words):
    found = standing(AREAS + YEARLY, shares=[share(1, "ethics", "10")])

    assert str(still_needed(found, date.fromisoformat(on))) == needed
    assert shortfall_words(found, date.fromisoformat(on)) == words


def test_a_rule_over_the_cycle_is_never_past():
    found = standing(AREAS + rule("papers", 'kinds = ["article"]', 'minimum = "2"'), shares=[share(1, "ethics", "10")])

    assert still_needed(found, date(2030, 1, 1)) == 2
    assert lost(found, date(2030, 1, 1)) == ()


def test_an_abbreviation_keeps_its_capitals():
    found = standing(
        AREAS.replace('title = "Medical ethics"', 'title = "DNA methods"'), shares=[share(2, "rest", "10")]
    )

    assert shortfall_words(found) == "You still need 1.00 point in DNA methods."


def test_points_and_days_are_written_the_way_the_page_does():
    found = standing(AREAS + YEARLY, shares=[share(2, "rest", "5.50")])

    words = shortfall_words(
        found,
        date(2016, 6, 1),
        write=Writing(day=lambda day: f"{day:%m/%d/%Y}", points=lambda points: f"{points.normalize():f}"),
    )

    assert words == (
        "You still need 4.5 points: 1 in medical ethics, 3.5 in any area, among them 2 for “Yearly”. "
        "2 for “Yearly” in the year ending 05/31/2016 can no longer be made up."
    )
