"""Everything held about a person as JSON: each app says what it holds, table by table; here it is written down."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

CHUNK = 1_000  # rows in memory at a time, however many there are


@dataclass(frozen=True)
class Part:
    """The rows of one kind, with the names under which their columns are told; read when they are asked for."""

    name: str
    rows: QuerySet[Any]
    columns: dict[str, str]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows.values_list(*self.columns.values()).iterator(CHUNK):
            yield dict(zip(self.columns, row, strict=True))


def part(name: str, rows: QuerySet[Model], told: str, **renamed: str) -> Part:
    """A part of columns that are told by their own names, in one text, and of those that have another one."""
    return Part(name, rows, {column: column for column in told.split()} | renamed)


class _ToTheMicrosecond(DjangoJSONEncoder):
    """As moments are held; Django leaves it at milliseconds."""

    def default(self, o: object) -> object:
        return o.isoformat().replace("+00:00", "Z") if isinstance(o, datetime) else super().default(o)


def as_json(head: dict[str, str], parts: Iterable[Part]) -> Iterator[str]:
    """One line of JSON for each row, so that it is never whole in memory."""
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    for each in parts:
        yield f',\n "{each.name}": ['
        comma = ""
        for row in each:
            yield f"{comma}\n  {json.dumps(row, ensure_ascii=False, cls=_ToTheMicrosecond)}"
            comma = ","
        yield "\n ]" if comma else "]"
    yield "\n}\n"
