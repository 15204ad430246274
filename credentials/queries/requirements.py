"""Requirement sets and the cycles that follow them."""

from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Count

from credentials.models import Cycle

# Cycles without a live declaration, on the day that selects their requirements.
UNCOVERED = """
    SELECT t.code, count(*), min(s.applies_from)
      FROM credentials_cycle y JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
     CROSS JOIN LATERAL (SELECT min(COALESCE(applies_from, '-infinity')) AS applies_from
                           FROM credentials_requirementset WHERE credential_type_id = t.id) s
     WHERE y.closed_at IS NULL AND y.declared_on IS NULL AND y.shares_frozen_at IS NULL
       AND s.applies_from > greatest(y.ends_on, %s)
     GROUP BY t.code ORDER BY t.code
"""


def newest_set_sql(*, of: str, on: str) -> str:
    """SQL for the ID of the newest set of type `of` that applies on day `on`, both in SQL, like `rules.newest_for`."""
    return f"""
        SELECT id FROM credentials_requirementset
         WHERE credential_type_id = {of} AND (applies_from IS NULL OR applies_from <= {on})
         ORDER BY applies_from DESC NULLS LAST LIMIT 1
    """  # noqa: S608 (constants only)


class Uncovered(NamedTuple):
    """Open cycles of a credential that end before its first requirements apply: they keep the set they have."""

    credential: str
    cycles: int
    applies_from: date


def uncovered_cycles(*, on: date) -> list[Uncovered]:
    """How many open, undeclared cycles no requirement set applies to, by credential."""
    with connection.cursor() as cursor:
        cursor.execute(UNCOVERED, [on])
        return [Uncovered(*row) for row in cursor.fetchall()]


def open_cycles_by_set() -> dict[int, int]:
    """How many open, undeclared cycles follow each requirement set, by its ID; sets that none follows are absent."""
    following = Cycle.objects.filter(closed_at=None, declared_on=None, shares_frozen_at=None)
    return dict(following.order_by().values_list("requirement_set").annotate(Count("pk")))
