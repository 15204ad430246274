"""Row counts: exact while the planner expects few rows, the planner's estimate otherwise."""

import json
from typing import Any, NamedTuple

from django.db.models import QuerySet

# This many can be counted within a millisecond or two.
FEW = 10_000


class Count(NamedTuple):
    """A number of rows, and whether it is exact."""

    number: int
    is_exact: bool


def count(rows: "QuerySet[Any, Any]") -> Count:
    """Count the rows, or estimate them when there are many."""
    plan = json.loads(rows.order_by().explain(format="json"))
    estimate = int(plan[0]["Plan"]["Plan Rows"])
    return Count(rows.count(), True) if estimate <= FEW else Count(estimate, False)
