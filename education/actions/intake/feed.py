"""The columns of a feed: what a provider reports about each credit."""

from collections.abc import Mapping, Sequence
from datetime import date

from cmp_portal.lib.feeds import cells
from credentials.models import ActivityKind, Subject


def columns(*, on: date) -> Sequence[cells.Column]:
    """The columns of a feed; `on` is the latest completion date. Missing values are judged with the whole line."""
    kinds = dict(ActivityKind.objects.values_list("code", "counts"))
    return [
        cells.Column("external_id", cells.number(80)),
        cells.Column("customer_number", cells.number(32)),
        cells.Column("title", cells.text(300, empty=True)),
        cells.Column("kind", cells.optional(_kind(kinds))),
        cells.Column("subjects", cells.optional(cells.some_of(Subject.objects.values_list("code", flat=True)))),
        cells.Column("completed_on", cells.optional(cells.day_until(on))),
        cells.Column("points", cells.optional(cells.points)),
        cells.Column("last_name", cells.text(100, empty=True), optional=True),
        cells.Column("birth_month", cells.optional(cells.month), optional=True),
        cells.Column("status", _status, optional=True),
        cells.Column("updated_at", cells.optional(cells.moment_until(on)), optional=True),
    ]


def whole(record: Mapping[str, str]) -> dict[str, str]:
    """A stored record with all fields filled in; it may be older than some of them."""
    return {"last_name": "", "birth_month": "", "status": "completed", "updated_at": "", **record}


def _kind(counts: dict[str, bool]) -> cells.Reader:
    """A reader for a known kind of activity that may count."""
    known = cells.one_of(counts)

    def read(cell: str) -> str:
        code = known(cell)
        if not counts[code]:
            raise ValueError(f"{cells.shown(code)} never counts")
        return code

    return read


_known_status = cells.one_of(["completed", "withdrawn"])


def _status(cell: str) -> str:
    return _known_status(cell) if cell.strip() else "completed"
