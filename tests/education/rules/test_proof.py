"""Proofs of a shortfall state facts and the binding limits, independent of the solver's solution."""

import sys

import pytest

from education.rules import Writing, compile_requirements, proof_words, suggest
from education.rules.suggest.solver import Solver
from tests.education.rules.facts import CORNERS, TRIANGLE, WINDOW, area, credit, requirements, rule, share

proof = sys.modules["education.rules.suggest.proof"]
SAFETY = area("safety", 'minimum = "2"', accepts="safety")
ETHICS = area("ethics", 'minimum = "2"', accepts="ethics")
REST = area("rest")
YEARLY = rule("yearly", 'minimum = "2"', 'per = "year"')


def words(tables, credits, pinned=(), *, total="10", step="0.25", **options):
    compiled = compile_requirements(requirements(tables, total=total, step=step))
    return proof_words(suggest(compiled, credits, pinned, WINDOW, **options), compiled)


@pytest.mark.parametrize(
    ("tables", "credits", "expected"),
    [
        pytest.param(REST, [credit(1, "10")], "Nothing is missing: every requirement is met.", id="complete"),
        pytest.param(SAFETY + REST, [credit(1, "9")],
                     "Safety needs 2.00; nothing can count. The total needs 10.00; at most 9.00 can count.",
                     id="each alone"),
        pytest.param(SAFETY + ETHICS + REST, [credit(1, "3", "safety ethics"), credit(2, "9")],
                     "Safety and ethics together need 4.00; at most 3.00 can count, so they are 1.00 short in total; "
                     "this suggestion leaves the gap in ethics.", id="between two areas"),
        pytest.param(REST + rule("papers", 'kinds = ["article"]', 'maximum = "50%"'),
                     [credit(1, "9", kind="article"), credit(2, "1")],
                     "The total needs 10.00; at most 6.00 can count, because “Papers” allows at most 5.00.",
                     id="a limit of a rule"),
        pytest.param(area("rest", 'maximum = "6"') + area("other", accepts="ethics"), [credit(1, "9")],
                     "The total needs 10.00; at most 6.00 can count, because rest takes at most 6.00.",
                     id="a limit of an area"),
        pytest.param(REST + rule("each", 'maximum = "4"', 'per = "item"'), [credit(1, "9")],
                     "The total needs 10.00; at most 4.00 can count, because “Each” allows at most 4.00 for one "
                     "activity.", id="a limit per item"),
        pytest.param(SAFETY + REST + rule("each", 'areas = ["rest"]', 'maximum = "4"', 'per = "item"'),
                     [credit(1, "9"), credit(2, "2", "safety")],
                     "The total needs 10.00; at most 6.00 can count, because “Each” allows at most 4.00 for one "
                     "activity.", id="a limit per item in all areas of the credit"),
        pytest.param(area("other", 'maximum = "1"') + REST +
                     rule("each", 'areas = ["rest"]', 'maximum = "4"', 'per = "item"'), [credit(1, "9")],
                     "The total needs 10.00; at most 5.00 can count, because other takes at most 1.00 and “Each” "
                     "allows at most 4.00 for one activity.", id="a limit per item in one area"),
        pytest.param(area("rest", 'maximum = "3"') + area("other", accepts="ethics") +
                     rule("each", 'maximum = "4"', 'per = "item"'), [credit(1, "9")],
                     "The total needs 10.00; at most 3.00 can count, because rest takes at most 3.00.",
                     id="not a limit per item that leaves room"),
        pytest.param(REST + rule("papers", 'kinds = ["article"]', 'minimum = "2"'),
                     [credit(1, "9"), credit(2, "1", kind="article")],
                     "“Papers” needs 2.00; at most 1.00 can count.", id="a rule"),
        pytest.param(REST + YEARLY, [credit(1, "6", on="2016-07-01"), credit(2, "4", on="2017-07-01")],
                     "“Yearly” in the year ending 2016-05-31 needs 2.00; nothing can count.", id="a year"),
        pytest.param(REST + rule("yearly", 'maximum = "4"', 'per = "year"'), [credit(1, "10", on="2016-07-01")],
                     "The total needs 10.00; at most 4.00 can count, because “Yearly” allows at most 4.00 in a year.",
                     id="a limit per year"),
    ],
)  # fmt: skip
def test_what_is_short_is_proven(tables, credits, expected):
    assert words(tables, credits) == expected


def test_pinned_shares_are_named_as_a_reason():
    credits = [credit(1, "2", "safety"), credit(2, "8")]

    told = words(SAFETY + REST, credits, [share(1, "rest", "1")])

    assert told == "Safety needs 2.00; at most 1.00 can count while the fixed allocations stay as they are."


def test_what_pinned_shares_count_is_part_of_what_can_count():
    told = words(
        SAFETY + REST, [credit(1, "1", "safety"), credit(2, "9")], [share(1, "safety", "1"), share(2, "rest", "9")]
    )

    assert told == "Safety needs 2.00; at most 1.00 can count while the fixed allocations stay as they are."


def test_without_a_proof_nothing_is_claimed():
    told = words(SAFETY + REST, [credit(1, "9")], seconds=0)

    assert told == (
        "This is a good use of the credits, but it could not be proven to be the best in the time available."
    )


def test_whole_steps_alone_can_be_the_reason():
    told = words(TRIANGLE, CORNERS, total="2", step="1")

    assert told == (
        "The total needs 2.00; at most 1.00 can count, "
        "because “Ab” allows at most 1.00, “Bc” allows at most 1.00 and “Ca” allows at most 1.00."
    )


def triangle(*, of):
    """Three areas of one point, of which any two take one point together: half a point in each would make 1.5."""
    areas = [area(f"{of}-{corner}", 'maximum = "1"', accepts=f"{of}-{corner}") for corner in "abc"]
    pairs = ([f"{of}-a", f"{of}-b"], [f"{of}-b", f"{of}-c"], [f"{of}-c", f"{of}-a"])
    rules = [
        rule(f"{of}-{n}", f"areas = {list(pair)}".replace("'", '"'), 'maximum = "1"') for n, pair in enumerate(pairs)
    ]
    return "".join(areas), "".join(rules)


def test_a_gap_of_a_whole_step_is_proven_in_whole_steps():
    (left, left_rules), (right, right_rules) = triangle(of="left"), triangle(of="right")
    credits = [credit(f"{of}-{corner}", "1", f"{of}-{corner}") for of in ("left", "right") for corner in "abc"]

    told = words(left + right + left_rules + right_rules, credits, total="4", step="1")

    assert told.startswith("The total needs 4.00; at most 2.00 can count, because")


def test_an_answer_that_is_not_the_best_proves_nothing(monkeypatch):
    class Unsure(Solver):
        def minimise(self, costs):
            return super().minimise(costs)._replace(is_best=False)

    monkeypatch.setattr(proof, "Solver", Unsure)

    told = words(SAFETY + REST, [credit(1, "9")])

    assert told == "No other use of the credits leaves less missing."


def test_the_page_writes_points_and_days():
    compiled = compile_requirements(requirements(REST + YEARLY))
    found = suggest(compiled, [credit(1, "9.50", on="2017-07-01")], [], WINDOW)

    told = proof_words(
        found, compiled, Writing(day=lambda day: f"{day:%m/%d/%Y}", points=lambda points: f"{points.normalize():f}")
    )

    assert told.startswith("“Yearly” in the year ending 05/31/2016 needs 2; nothing can count.")


def test_a_proof_that_takes_too_long_is_left_out(monkeypatch):
    monkeypatch.setattr(proof, "Solver", lambda model, seconds: Solver(model, 0))

    told = words(SAFETY + REST, [credit(1, "9")])

    assert told == "No other use of the credits leaves less missing."
