"""Export of everything held about a person as JSON; each app lists its tables, this module writes them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

CHUNK = 1_000  # rows in memory at a time, whatever the total


@dataclass(frozen=True)
class Part:
    """One table's rows in an export, with the exported names of their columns; queried lazily."""

    name: str
    rows: QuerySet[Any]
    columns: dict[str, str]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows.values_list(*self.columns.values()).iterator(CHUNK):
            yield dict(zip(self.columns, row, strict=True))


def part(name: str, rows: QuerySet[Model], told: str, **renamed: str) -> Part:
    """A part with the columns in `told` (space-separated) under their own names, and `renamed` ones under others."""
    return Part(name, rows, {column: column for column in told.split()} | renamed)


class _ToTheMicrosecond(DjangoJSONEncoder):
    """Keeps microseconds, as stored; Django truncates to milliseconds."""

    def default(self, o: object) -> object:
        return o.isoformat().replace("+00:00", "Z") if isinstance(o, datetime) else super().default(o)


def as_json(head: dict[str, str], parts: Iterable[Part]) -> Iterator[str]:
    """Stream the JSON with one row per line, so that it is never in memory as a whole."""
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    for each in parts:
        yield f',\n "{each.name}": ['
        comma = ""
        for row in each:
            yield f"{comma}\n  {json.dumps(row, ensure_ascii=False, cls=_ToTheMicrosecond)}"
            comma = ","
        yield "\n ]" if comma else "]"
    yield "\n}\n"
