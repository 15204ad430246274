"""Status rows beside a fresh verdict: to find the ones that differ, and to mend them."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from django.db import connection

from credentials.models import RequirementSet
from education.queries.verdicts import BATCH, Judged, verdicts

ROWS = """
    SELECT y.id, y.shares_frozen_at IS NOT NULL,
           (SELECT COALESCE(SUM(a.points), 0) FROM education_allocation a WHERE a.cycle_id = y.id),
           s.cycle_id IS NOT NULL, s.counted, s.missing, s.is_complete
      FROM credentials_cycle y LEFT JOIN education_cyclestatus s ON s.cycle_id = y.id
     WHERE y.id = ANY(%s)
"""


class Said(NamedTuple):
    """What a status row says, in hundredths of points."""

    counted: int
    missing: int
    is_complete: bool


class Compared(NamedTuple):
    """A cycle as its status row tells it, where there is one, and as it is; `allocated` is the sum of its shares."""

    judged: Judged
    said: Said | None
    allocated: int
    is_frozen: bool

    @property
    def is_right(self) -> bool:
        """Whether the row says what is; without a row, nothing is right."""
        return self.said == (self.judged.counted, self.judged.shortfall, self.judged.is_complete)

    @property
    def may_change(self) -> bool:
        """What was declared stays as it was signed, whatever has become of its credits since."""
        return not self.is_frozen


def compared_statuses(*, on: date, batch: int = BATCH) -> Iterator[Compared]:
    """Every cycle, judged on the Board's day `on`, beside its status row."""
    judged = verdicts(RequirementSet.objects.select_related("credential_type").order_by("id"), on=on)
    while piece := {one.cycle: one for one in islice(judged, batch)}:
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [list(piece)])
            for pk, is_frozen, allocated, has_row, *said in cursor.fetchall():
                yield Compared(piece[pk], Said(*said) if has_row else None, allocated, is_frozen)
