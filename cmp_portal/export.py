"""Export of everything held about a holder, across all apps, as one JSON file."""

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
    """The parts of the export, one query each, in the order people ask: who, what, details."""
    for export_of in APPS:
        yield from export_of(holder)


def export_file(holder: Holder, *, at: datetime) -> Iterator[str]:
    """Stream the export as JSON: ISO dates and times, points with two decimals, codes as stored."""
    return as_json({"made_at": at.isoformat(timespec="seconds")}, parts_of(holder))


def file_name(at: datetime) -> str:
    """Contains no personal name, since others may see file names."""
    return f"my-record-{board_day(at).isoformat()}.json"
