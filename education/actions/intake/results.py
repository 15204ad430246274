"""The outcome of each line of a feed."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cmp_portal.lib.feeds.rejects import Row
from education.enums import RowOutcome
from education.models import OUTCOMES, IntakeBatch, IntakeRow

CHUNK = 5_000  # rows in memory at a time
BY_LETTER = {outcome[0]: outcome for outcome in OUTCOMES}


class Result(NamedTuple):
    """The outcome of a line, counted from 1; `code` and `reason` are set only if it could not be used as it came."""

    line: int
    outcome: str
    code: str = ""
    reason: str = ""


def results_of(batch: IntakeBatch) -> Iterator[Result]:
    """The result of every line of a feed from `mappings.Rows` that fits into one chunk; nothing for a longer feed."""
    chunk = batch.chunks.order_by("number").first()
    refused = dict(_reasons(batch))
    for line, letter in enumerate(chunk.outcomes if chunk else "", start=1):
        yield Result(line, BY_LETTER[letter], *refused.get(line, ()))


def _reasons(batch: IntakeBatch) -> Iterator[tuple[int, tuple[str, str]]]:
    for row in batch.rows.order_by("line"):
        yield row.line, (row.code, row.reason)


def refused(batch: IntakeBatch, columns: Sequence[str]) -> Iterator[Row]:
    """The rejected lines in the order of the feed, except those corrected since."""
    rows = IntakeRow.objects.filter(batch=batch, outcome=RowOutcome.REJECTED, resolved_at=None).order_by("line")
    for line, reason, record in rows.values_list("line", "reason", "record").iterator(CHUNK):
        yield line, reason, [record.get(column, "") for column in columns]
