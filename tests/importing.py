"""Runs an import command as an operator does and reads its last word."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connection


@dataclass
class Outcome:
    """The exit code, the counts of the JSON line, and everything said beside it."""

    code: int
    counts: dict[str, int] | None
    said: str


def run(command: str, file: Path, **options) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(command, str(file), stdout=out, stderr=err, **options)
    except CommandError as refusal:
        code = refusal.returncode
        err.write(str(refusal))
    except SystemExit as ended:
        code = ended.code
    return Outcome(code, json.loads(out.getvalue()) if out.getvalue() else None, err.getvalue())


def counts(**named: int) -> dict[str, int]:
    """The JSON line with only these sets filled."""
    sets = dict.fromkeys(("accepted", "corrected", "duplicate", "rejected", "unmatched"), 0) | named
    return {"lines": sum(named.values()), **sets}


def written(path: Path, columns: str, *lines: str | bytes) -> Path:
    """A file of these lines; bytes go in as they are."""
    raw = [line if isinstance(line, bytes) else line.encode() for line in (columns, *lines)]
    path.write_bytes(b"\r\n".join(raw) + b"\r\n")
    return path


def rejects(file: Path) -> list[dict[str, str]]:
    with file.with_suffix(".rejected.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rejected(file: Path) -> list[tuple[int, str]]:
    """The lines that were not taken in, and why."""
    return [(int(row["line"]), row["reason"]) for row in rejects(file)]


def rows_of(*tables: str) -> list[str]:
    """All that is in these tables, to see whether a second run leaves it as it is."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' || t::text FROM {name} t" for name in tables))
        return sorted(row for (row,) in cursor)
