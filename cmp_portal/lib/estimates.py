"""How many rows there are: counted while they are few, estimated by the planner when counting would take long."""

import json
from typing import Any, NamedTuple

from django.db.models import QuerySet

# So many are counted within a millisecond or two.
FEW = 10_000


class Count(NamedTuple):
    """A number of rows, and whether it is exact."""

    number: int
    is_exact: bool


def count(rows: "QuerySet[Any, Any]") -> Count:
    """How many rows there are, or about how many."""
    plan = json.loads(rows.order_by().explain(format="json"))
    estimate = int(plan[0]["Plan"]["Plan Rows"])
    return Count(rows.count(), True) if estimate <= FEW else Count(estimate, False)
