import pytest

from education.checking import answer, report
from education.checking.report import table
from tests.education.checking.files import CREDITS, REQUIREMENTS, SHARES, inputs

SIMPLE = """\
credential = "X"
title = "Example"
version = "1"
total = "6"
step = "0.25"

[[area]]
code = "safety"
title = "Safety"
minimum = "2"
maximum = "3"
accepts = ["safety"]

[[area]]
code = "rest"
title = "Anything"
accepts = ["*"]
"""


def test_a_report_is_read_from_top_to_bottom(tmp_path):
    found = answer(inputs(tmp_path, requirements=SIMPLE, shares="credit,area,points\nc1,safety,2.5\n"))

    assert report(found, 80).splitlines() == [
        "X: Example (version 1, unverified)",
        "Days that count: 2023-01-01 to 2025-12-31",
        "",
        "NOT COMPLETE. You still need 3.50 points in any area.",
        "",
        "Needed  Counted  Missing  Area",
        "  2.00     2.50        -  Safety (at most 3.00)",
        "     -     0.00        -  Anything",
        "  6.00     2.50     3.50  Total",
        "",
        "Credits",
        "Points  Counted   Completed  Credit",
        "  2.50     2.50  2023-05-01  c1 Safe pipetting: 2.50 counted in Safety.",
        "  4.00     0.00  2024-05-01  c2 Physics, part 1: 4.00 not allocated yet.",
        "  2.00     0.00  2025-05-01  c3 On glass: 2.00 not allocated yet.",
        "",
        "Shares",
        "Points  Credit and area",
        "  2.50  c1 in Safety",
    ]


def test_rules_show_each_year_and_each_limit(tmp_path):
    found = answer(inputs(tmp_path, shares=SHARES))

    lines = report(found, 80).split("Rules\n")[1].split("\n\n")[0].splitlines()

    assert lines == [
        "Minimum  Maximum  Counted  Missing  Rule",
        "      -     3.00     3.00        -  College courses",
        "   1.00        -     2.50        -  Each year (2023-01-01/2023-12-31)",
        "   1.00        -     3.00        -  Each year (2024-01-01/2024-12-31)",
        "   1.00        -     1.50        -  Each year (2025-01-01/2025-12-31)",
        "      -     1.50        -        -  One article (each activity)",
    ]


def test_a_maximum_of_nothing_is_shown(tmp_path):
    found = answer(inputs(tmp_path, requirements=REQUIREMENTS.replace('"50%"', '"0"')))

    assert "      -     0.00     0.00        -  College courses" in report(found, 80)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_longer_than_the_terminal(tmp_path, width):
    credits = CREDITS.replace("On glass", "On glass and many other things " * 5)

    found = answer(inputs(tmp_path, credits=credits, shares=SHARES))

    assert max(map(len, report(found, width).splitlines())) <= width


def test_words_are_wrapped_below_themselves():
    rows = [("1.00", "a word and another word and a third one")]

    assert table(("Points", "Words"), rows, 34) == [
        "Points  Words",
        "  1.00  a word and another word",
        "        and a third one",
    ]


def test_without_credits_the_report_ends_with_the_rules(tmp_path):
    found = answer(inputs(tmp_path, credits=CREDITS.splitlines()[0]))

    assert report(found, 80).endswith("One article (each activity)")
