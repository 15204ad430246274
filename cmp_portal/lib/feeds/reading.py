"""Reads CSV feeds record by record: a broken record is rejected by itself, an unusable file as a whole."""

import csv
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cmp_portal.lib.feeds.cells import Column, shown
from cmp_portal.lib.feeds.records import Record, cleaned, visible
from cmp_portal.lib.feeds.rejects import ADDED
from cmp_portal.lib.feeds.sources import BOM, Source, UnusableFile
from cmp_portal.lib.spreadsheets import unsafe

LONGEST_RECORD = 64 * 1024
MOST_LINES = 100
EMPTY_CELLS = ", \t"  # what spreadsheets write for a row without anything in it
NOT_UTF8 = "is not UTF-8"
UNCLOSED = "a quote is opened but not closed"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class Feed:
    """The records of a CSV file in UTF-8, after its header has been read and checked."""

    def __init__(self, stream: BinaryIO | Source, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._source = stream if isinstance(stream, Source) else Source(stream)
        self._line = 0
        self._is_amid_line = False
        self._put_back: deque[tuple[int, bytes]] = deque()
        self._header = self._read_header()
        self._was_rejected = tuple(self._header[: len(ADDED)]) == ADDED
        self._places = self._find_columns()
        self._there = max(place + 1 for place, found in enumerate(self._places) if found is not None)
        self.ignored = [name for name in self._header if name and name not in {column.name for column in columns}]

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read

    @property
    def sha256(self) -> str:
        """The digest of everything read so far."""
        return self._source.sha256

    def __iter__(self) -> Iterator[Record]:
        arranged = ((line, self._arranged(found), _with_remedy(reason)) for line, found, reason in self._records())
        yield from cleaned(self.columns, arranged, there=self._there)
        self._source.drain()

    # --- The header -----------------------------------------------------------------------------------------------

    def _read_header(self) -> list[str]:
        raw = self._next_line()
        if raw is None:
            raise UnusableFile("the file is empty; its first line must name the columns: export it again")
        text, reason = decoded(raw[1].removeprefix(BOM))
        if reason:
            raise UnusableFile(f"the file is not CSV text in UTF-8 (line 1: {reason}): save it as “CSV UTF-8”")
        if separator := self._separator_instead(text):
            raise UnusableFile(f"the columns are separated by {separator}: save it as CSV with commas")
        try:
            return _named(text)
        except csv.Error as problem:
            what_to_do = "fix the quotes around the column names"
            raise UnusableFile(f"the file is not CSV (line 1: {_quotes_words(problem)}): {what_to_do}") from None

    def _separator_instead(self, text: str) -> str:
        """What separates the columns instead of commas, as where a spreadsheet uses decimal commas; empty if none."""
        wanted = {column.name for column in self.columns if not column.optional}
        for character, name in SEPARATORS.items():
            try:
                found = character in text and set(_named(text, character))
            except csv.Error:
                continue
            if found and wanted <= found:
                return name
        return ""

    def _find_columns(self) -> list[int | None]:
        twice = [name for name, times in Counter(self._header).items() if name and times > 1]
        known = {column.name for column in self.columns}
        if twice and known & set(self._header):
            raise UnusableFile(f"columns named twice: {', '.join(twice)} (name each only once)")
        missing = [column.name for column in self.columns if not column.optional and column.name not in self._header]
        if missing:
            others = ", ".join(name for name in self._header if name and name not in known)
            raise UnusableFile(
                f"columns missing: {', '.join(missing)}{f'; found instead: {shown(others)}' if others else ''} "
                "(add them: the first line must name the columns, separated by commas)"
            )
        return [self._header.index(column.name) if column.name in self._header else None for column in self.columns]

    def _arranged(self, found: Sequence[str]) -> Sequence[str]:
        """The cells in column order; those missing from a short record are empty.

        A rejects file that comes back says again what was received, without the apostrophes it was protected with.
        """
        if self._was_rejected:
            found = [unsafe(cell) for cell in found]
        return [found[place] if place is not None and place < len(found) else "" for place in self._places]

    # --- Records ----------------------------------------------------------------------------------------------------

    def _records(self) -> Iterator[tuple[int, list[str], str]]:
        width = len(self._header)
        while (physical := self._next_line()) is not None:
            line, raw = physical
            if b'"' in raw and len(raw) < LONGEST_RECORD:
                yield (line, *self._quoted(line, raw, width))
                continue
            text, reason = decoded(raw)
            if not text.strip(EMPTY_CELLS) or text.isspace():
                continue
            cells = text.split(",")
            yield line, cells, reason or _wrong_width(cells, width)

    def _quoted(self, line: int, raw: bytes, width: int) -> tuple[list[str], str]:
        """Parse a record with quotes, which may span lines; if that fails, only its first line is rejected."""
        alone = _parsed(raw, width)
        if not alone[1] or raw.count(b'"') % 2 == 0:
            return alone
        following = self._following(raw)
        together = _parsed(b"".join([raw, *(more for _, more in following)]), width)
        if not together[1]:
            return together
        self._put_back.extendleft(reversed(following))
        return alone[0], UNCLOSED

    def _following(self, raw: bytes) -> list[tuple[int, bytes]]:
        """The lines up to the one that closes an open quote; limited, to bound memory."""
        following: list[tuple[int, bytes]] = []
        quotes, size = raw.count(b'"'), len(raw)
        while quotes % 2 and len(following) < MOST_LINES and size < LONGEST_RECORD:
            if (more := self._next_line()) is None:
                break
            following.append(more)
            quotes, size = quotes + more[1].count(b'"'), size + len(more[1])
        return following

    def _next_line(self) -> tuple[int, bytes] | None:
        if self._put_back:
            return self._put_back.popleft()
        if self._is_amid_line:
            self._skip_line()
        raw = self._source.readline(LONGEST_RECORD)
        if not raw:
            return None
        self._line += 1
        self._is_amid_line = len(raw) == LONGEST_RECORD and not raw.endswith(b"\n")
        return self._line, raw

    def _skip_line(self) -> None:
        """Skip the rest of an overlong line; deferred, since a file rejected for its header may never end."""
        while rest := self._source.readline(LONGEST_RECORD):
            if rest.endswith(b"\n"):
                return


def _with_remedy(reason: str) -> str:
    return f"{reason}: save the file as “CSV UTF-8”" if reason.endswith(NOT_UTF8) else reason


def _named(text: str, separator: str = ",") -> list[str]:
    """The names in a header."""
    return [name.strip().lower() for name in next(csv.reader([text], delimiter=separator, strict=True), [])]


def decoded(raw: bytes) -> tuple[str, str]:
    """The text of a line without its line ending, and what is wrong with it."""
    if len(raw) >= LONGEST_RECORD:
        return visible(raw[:200]), f"longer than {LONGEST_RECORD} bytes"
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = raw.decode()
    except UnicodeDecodeError as problem:
        return visible(raw), f"byte {problem.start + 1} {NOT_UTF8}"
    if not text.isprintable() and any(ord(character) < 32 and character not in "\t\r\n" for character in text):
        return visible(raw), "contains a control character"
    return text, ""


def _parsed(raw: bytes, width: int) -> tuple[list[str], str]:
    """The cells of one record, however many lines it spans, and what is wrong with it."""
    text, reason = decoded(raw)
    try:
        rows = list(csv.reader([f"{part}\n" for part in text.split("\n")], strict=True))
    except csv.Error as problem:
        return text.split(","), reason or f"is not CSV: {_quotes_words(problem)}"
    if len(rows) != 1:
        return rows[0], reason or "is not one record"
    return rows[0], reason or _wrong_width(rows[0], width)


def _quotes_words(problem: csv.Error) -> str:
    """What the parser, which checks only quotes, says of one: that it never ends, or ends too early."""
    if str(problem).startswith("unexpected end"):
        return UNCLOSED
    return "text follows a closing quote; write a quote inside a cell twice"


def _wrong_width(cells: Sequence[str], width: int) -> str:
    return "" if len(cells) == width else f"has {len(cells)} fields instead of {width}"
