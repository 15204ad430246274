"""Status rows compared with a fresh verdict, to find and correct those that differ."""

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
    """The values of a status row, in hundredths of points."""

    counted: int
    missing: int
    is_complete: bool


class Compared(NamedTuple):
    """A cycle's verdict and its status row, if there is one; `allocated` is the sum of its shares."""

    judged: Judged
    said: Said | None
    allocated: int
    is_frozen: bool

    @property
    def is_right(self) -> bool:
        """Whether the row matches the verdict; a missing row does not."""
        return self.said == (self.judged.counted, self.judged.shortfall, self.judged.is_complete)

    @property
    def may_change(self) -> bool:
        """Whether the row may be corrected: what was declared stays as signed, whatever became of its credits."""
        return not self.is_frozen


def compared_statuses(*, on: date, batch: int = BATCH) -> Iterator[Compared]:
    """Every cycle, judged on the Board's day `on`, with its status row."""
    judged = verdicts(RequirementSet.objects.select_related("credential_type").order_by("id"), on=on)
    while piece := {one.cycle: one for one in islice(judged, batch)}:
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [list(piece)])
            for pk, is_frozen, allocated, has_row, *said in cursor.fetchall():
                yield Compared(piece[pk], Said(*said) if has_row else None, allocated, is_frozen)
