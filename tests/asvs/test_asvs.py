"""The checklist names existing tests, and the page matches the checklist."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.asvs.checklist import FILE, SIGNS, TESTS, document, requirements

FOUND = list(requirements())
NAMED = sorted({test for one in FOUND for test in one.tests})
DECISION = FILE.parent / "decisions" / "0029-what-of-asvs-level-2-is-open.md"


@cache
def names_in(path):
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_every_requirement_of_the_two_levels_is_there_once():
    """As many as the standard has of each level."""
    assert Counter(one.level for one in FOUND) == {1: 70, 2: 183}
    assert len({one.number for one in FOUND}) == len(FOUND)


def test_they_stand_in_their_order():
    numbers = [[int(part) for part in one.number.split(".")] for one in FOUND]

    assert numbers == sorted(numbers)


def test_each_says_how():
    assert [one.number for one in FOUND if one.sign not in SIGNS or not one.said] == []


@pytest.mark.parametrize("name", NAMED)
def test_named_test_is_there(name):
    path, _, function = name.partition("::")

    assert function in names_in(path) or (function == "*" and names_in(path))


def test_what_is_open_is_in_the_decision():
    said = DECISION.read_text(encoding="utf-8")

    assert [one.number for one in FOUND if one.sign == "!" and one.number not in said] == []


def test_page_is_as_the_checklist_says():
    assert FILE.read_text(encoding="utf-8") == document()
