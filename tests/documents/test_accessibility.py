"""The report covers each criterion of WCAG 2.2 A and AA, and every test it names exists."""

import ast
import re
from functools import cache

import pytest

from tests.documents.reading import DOCS, PAGES, ROOT

REPORT = (DOCS / "accessibility.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (\d\.\d\.\d+) \| (AA?) \| [^|]+ \| ([^|]+) \| ([^|]*)\|$", REPORT, re.MULTILINE)
VERDICTS = {"shown", "in part", "built so", "none", "open"}
# Those of the recommendation of 5 October 2023, without 4.1.1, which it has taken out.
CRITERIA = {
    "A": """
        1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3
        2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2""",
    "AA": """
        1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 2.5.8 3.1.2
        3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3""",
}
NAMED = sorted({test for page in PAGES for test in re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", page.read_text())})


def test_every_criterion_has_its_line_in_order():
    expected = {number: level for level, numbers in CRITERIA.items() for number in numbers.split()}
    in_order = sorted(expected, key=lambda number: [int(part) for part in number.split(".")])

    assert [(number, level) for number, level, _verdict, _how in LINES] == [(one, expected[one]) for one in in_order]


def test_every_line_has_a_verdict_and_what_is_shown_says_how():
    assert [number for number, _level, verdict, _how in LINES if verdict not in VERDICTS] == []
    needs = {"shown", "in part", "open"}
    assert [number for number, _level, verdict, how in LINES if verdict in needs and not how.strip()] == []


@pytest.mark.parametrize("name", NAMED)
def test_test_that_a_page_names_is_there(name):
    path, _, function = name.partition("::")

    assert not function or function in _tests_in(path)
    assert (ROOT / path).is_file()


@cache
def _tests_in(path):
    return {one.name for one in ast.parse((ROOT / path).read_text()).body if isinstance(one, ast.FunctionDef)}


def test_names_are_found():
    assert "tests/journeys/test_main_job.py::test_the_seven_steps" in NAMED
