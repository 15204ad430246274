import pytest

from education.rules import compile_requirements, verdict
from tests.education.rules.facts import area, requirements, rule

COMPILED = compile_requirements(
    requirements(
        area("safety", 'minimum = "2"', accepts="safety")
        + area("rest", 'maximum = "9"')
        + rule("papers", 'kinds = ["article"]', 'maximum = "50%"')
        + rule("each", 'maximum = "4"', 'per = "item"')
        + rule("yearly", 'minimum = "1"', 'per = "year"')
    )
)
LINES = COMPILED.lines(3)


def test_lines_are_areas_then_rules_by_period_without_items():
    assert [(line.area or line.rule, line.period) for line in LINES.lines] == [
        ("safety", 0), ("rest", 0), ("papers", 0), ("yearly", 0), ("yearly", 1), ("yearly", 2)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sums", "counted", "of_total", "missing", "complete", "exact"),
    [
        pytest.param((200, 800, 500, 100, 100, 800), 1000, 0, (0, 0, 0, 0, 0, 0), True, True, id="complete"),
        pytest.param((100, 600, 0, 700, 0, 0), 700, 300, (100, 0, 0, 0, 100, 100), False, True, id="short"),
        pytest.param((1000, 0, 0, 300, 300, 400), 1000, 0, (0, 0, 0, 0, 0, 0), True, True, id="above a minimum"),
        pytest.param((200, 925, 0, 400, 400, 325), 1125, 0, (0, 0, 0, 0, 0, 0), True, False, id="above an area"),
        pytest.param((200, 800, 525, 400, 400, 200), 1000, 0, (0, 0, 0, 0, 0, 0), True, False, id="above a rule"),
        pytest.param((0,) * 6, 0, 1000, (200, 0, 0, 100, 100, 100), False, True, id="nothing"),
    ],
)
def test_verdict_on_sums(sums, counted, of_total, missing, complete, exact):
    found = verdict(LINES, sums)

    assert found[:3] == (counted, of_total, missing)
    assert found.shortfall == of_total + sum(missing)
    assert (found.is_complete, found.is_exact) == (complete, exact)


def test_verdict_refuses_sums_of_another_shape():
    with pytest.raises(ValueError, match="zip"):
        verdict(LINES, (1, 2))


def test_lines_are_made_once():
    assert COMPILED.lines(3) is LINES


def test_without_yearly_rules_all_windows_share_their_lines():
    compiled = compile_requirements(requirements(area("rest")))

    assert compiled.lines(3) is compiled.lines(1)


def test_equal_requirements_are_compiled_once():
    assert compile_requirements(requirements(area("a"))) is compile_requirements(requirements(area("a")))
