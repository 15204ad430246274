"""Run import commands like an operator, and parse their output."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connection


@dataclass
class Outcome:
    """The exit code, the counts of the final JSON line, and the rest of the output."""

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
    """Expected counts: these values, all others zero."""
    sets = dict.fromkeys(("accepted", "corrected", "duplicate", "rejected", "unmatched"), 0) | named
    return {"lines": sum(named.values()), **sets}


def written(path: Path, columns: str, *lines: str | bytes) -> Path:
    """Write a file of these lines; bytes are written unchanged."""
    raw = [line if isinstance(line, bytes) else line.encode() for line in (columns, *lines)]
    path.write_bytes(b"\r\n".join(raw) + b"\r\n")
    return path


def rejects(file: Path) -> list[dict[str, str]]:
    with file.with_suffix(".rejected.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rejected(file: Path) -> list[tuple[int, str]]:
    """Line number and reason of each rejected line."""
    return [(int(row["line"]), row["reason"]) for row in rejects(file)]


def rows_of(*tables: str) -> list[str]:
    """All rows of these tables, to check whether a second run leaves them unchanged."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' || t::text FROM {name} t" for name in tables))
        return sorted(row for (row,) in cursor)
