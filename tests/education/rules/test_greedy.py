"""What is allocated without the solver."""

import pytest

from education.rules import count
from education.rules.suggest.greedy import greedy_best
from education.rules.suggest.problem import problem_of
from tests.education.rules.facts import CORNERS, WINDOW, area, credit, requirements, rule, share

# One point may count in a or, one each, in b and in c.
TABLES = (
    area("a", accepts="x")
    + area("b", accepts="y")
    + area("c", accepts="z")
    + area("full", accepts="ethics")
    + rule("ab", 'areas = ["a", "b"]', 'maximum = "1"')
    + rule("ca", 'areas = ["c", "a"]', 'maximum = "1"')
)
IN_B_AND_C = {(1, 1): 1, (2, 2): 1}


@pytest.mark.parametrize(("spares", "expected"), [(True, IN_B_AND_C), (False, {})])
def test_where_nothing_is_missing_spares_use_the_most_and_others_the_least(spares, expected):
    credits = [*CORNERS, credit(4, "10", "ethics")]
    problem = problem_of(count(requirements(TABLES, step="1"), credits, [share(4, "full", "10")], WINDOW))

    assert greedy_best(problem, [IN_B_AND_C], spares) == expected
