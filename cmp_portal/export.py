"""All that is held about a holder, app by app, as one file to take along."""

from collections.abc import Iterator
from datetime import datetime

import accounts.queries
import audits.queries
import credentials.queries
import declarations.queries
import education.queries
from accounts.models import Holder
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.exports import Part, as_json

APPS = (
    accounts.queries.export_of,
    credentials.queries.export_of,
    education.queries.export_of,
    declarations.queries.export_of,
    audits.queries.export_of,
)


def parts_of(holder: Holder) -> Iterator[Part]:
    """Each kind of row by one query, in an order in which people ask: who, what, what of it."""
    for export_of in APPS:
        yield from export_of(holder)


def export_file(holder: Holder, *, at: datetime) -> Iterator[str]:
    """In words that programs read: ISO days and moments, points with two places, codes as they are kept."""
    return as_json({"made_at": at.isoformat(timespec="seconds")}, parts_of(holder))


def file_name(at: datetime) -> str:
    """It names no person: where files go, names are read by others."""
    return f"my-record-{board_day(at).isoformat()}.json"
