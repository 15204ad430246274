"""Feeds of named fields: JSON lines, and mappings passed by other code. Unknown fields are ignored."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NoReturn

from cmp_portal.lib.feeds.cells import Column
from cmp_portal.lib.feeds.reading import LONGEST_RECORD, Feed, decoded
from cmp_portal.lib.feeds.records import Record, cleaned, visible
from cmp_portal.lib.feeds.sources import Source, UnusableFile


class Rows:
    """Records passed as mappings, numbered from line 1; `sha256` identifies the feed, as a file's digest would."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, sha256: str) -> None:
        self.columns = columns
        self.sha256 = sha256
        self.bytes_read = 0
        self.ignored: list[str] = []
        self._rows = rows

    def __iter__(self) -> Iterator[Record]:
        named = ((line, *_cells(row, self.columns)) for line, row in enumerate(self._rows, start=1))
        return cleaned(self.columns, named)


class JsonLines:
    """A feed of one JSON object per line, in UTF-8."""

    def __init__(self, stream: BinaryIO | Source, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.ignored: list[str] = []
        self._source = stream if isinstance(stream, Source) else Source(stream)

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read

    @property
    def sha256(self) -> str:
        """The digest of everything read so far."""
        return self._source.sha256

    def __iter__(self) -> Iterator[Record]:
        yield from cleaned(self.columns, self._records())
        self._source.drain()

    def _records(self) -> Iterator[tuple[int, Sequence[str], str]]:
        nothing = [""] * len(self.columns)
        line = 0
        while raw := self._source.readline(LONGEST_RECORD):
            line += 1
            if len(raw) == LONGEST_RECORD and not raw.endswith(b"\n"):
                self._skip_line()
            text, reason = decoded(raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw)
            if not text or text.isspace():
                continue
            if reason:
                yield line, [text, *nothing[1:]], reason
                continue
            try:
                yield line, *_cells(_parse(text), self.columns)
            except (ValueError, RecursionError) as problem:
                yield line, [text, *nothing[1:]], _sentence(problem)

    def _skip_line(self) -> None:
        while (rest := self._source.readline(LONGEST_RECORD)) and not rest.endswith(b"\n"):
            pass


def opened(stream: BinaryIO, columns: Sequence[Column], *, most: int | None = None) -> Feed | JsonLines:
    """Open a stream as CSV or JSON lines, gzipped or not, whichever it is; `most` limits the bytes of text."""
    source = Source(stream, most=most)
    first = source.first_letter()
    if first == b"[":
        raise UnusableFile("the file is one JSON list; write one object per line, without commas between them")
    return JsonLines(source, columns) if first == b"{" else Feed(source, columns)


def _parse(text: str) -> dict[str, Any]:
    found = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number, object_pairs_hook=_each_once)
    if not isinstance(found, dict):
        raise ValueError("is not a JSON object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("has a field twice")
    return found


def _sentence(problem: Exception) -> str:
    if isinstance(problem, json.JSONDecodeError):
        return f"is not JSON from character {problem.pos + 1} on; put names and texts in straight double quotes"
    return "is nested too deeply" if isinstance(problem, RecursionError) else str(problem)


def _cells(row: Mapping[str, Any], columns: Sequence[Column]) -> tuple[list[str], str]:
    """The cells in column order, and what is wrong with any of them."""
    cells, problems = [], []
    for column in columns:
        cell, problem = _cell(row.get(column.name))
        cells.append(cell)
        if problem:
            problems.append(f"{column.name}: {problem}")
    return cells, "; ".join(problems)


def _cell(value: Any) -> tuple[str, str]:
    """A value as text, and what is wrong with it; a list of texts is joined by semicolons, as in CSV."""
    if value is None:
        return "", ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ";".join(value)
    elif isinstance(value, bool | list | dict):
        return visible(str(value).encode(errors="backslashreplace")), "is neither text nor a number"
    text = str(value)
    if text.isprintable():
        return text, ""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return visible(text.encode(errors="backslashreplace")), "contains an incomplete character"
    if any(ord(character) < 32 and character not in "\t\r\n" for character in text):
        return visible(text.encode()), "contains a control character"
    return text, ""
