"""JSON Lines, compressed files, and rows passed in by a program."""

import gzip
import hashlib
import io
import json
from datetime import date

import pytest

from cmp_portal.lib.feeds import cells
from cmp_portal.lib.feeds.mappings import JsonLines, Rows, opened
from cmp_portal.lib.feeds.reading import LONGEST_RECORD, Feed
from cmp_portal.lib.feeds.sources import UnusableFile

COLUMNS = [
    cells.Column("number", cells.text(8)),
    cells.Column("title", cells.text(40)),
    cells.Column("subjects", cells.optional(cells.some_of(["a", "b"])), optional=True),
]
CSV = b"number,title\n1,Chemistry\n"
JSON = b'{"number": 1, "title": "Chemistry"}\n'


def read(raw: bytes, **options) -> list[tuple]:
    return [(one.line, *one.cells, one.reason) for one in opened(io.BytesIO(raw), COLUMNS, **options)]


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("raw", "line", "kind"),
    [(CSV, 2, Feed), (JSON, 1, JsonLines), (b"\xef\xbb\xbf" + JSON, 1, JsonLines), (b"\n " + JSON, 2, JsonLines)],
    ids=["csv", "json", "bom", "blank line first"],
)
def test_file_is_known_by_its_beginning(raw, line, kind, packed):
    feed = opened(io.BytesIO(packed(raw)), COLUMNS)

    assert isinstance(feed, kind)
    assert [(one.line, *one.cells, one.reason) for one in feed] == [(line, "1", "Chemistry", "", "")]
    assert feed.sha256 == hashlib.sha256(packed(raw)).hexdigest()
    assert feed.bytes_read == len(packed(raw))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (gzip.compress(CSV * 2000)[:-9], "the compressed file is damaged"),
        (b"\x1f\x8bnothing of the kind", "the compressed file is damaged"),
        (b'[{"number": 1}]', "the file is one JSON list"),
        (gzip.compress(b"number,title\n" + b"1,Chemistry\n" * 9000), "the file is too long"),
    ],
    ids=["cut off", "not gzip", "a list", "a bomb"],
)
def test_file_that_cannot_be_used(raw, message):
    with pytest.raises(UnusableFile) as refusal:
        read(raw, most=100_000)

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "cell"),
    [("1", "1"), (1, "1"), (1.50, "1.5"), (None, ""), (["b", "a"], "a;b"), ([], "")],
    ids=["text", "number", "decimal", "null", "list", "empty list"],
)
def test_values_are_read_as_their_text(value, cell):
    field = "subjects" if isinstance(value, list) or value is None else "number"

    [record] = Rows([{"number": "1", "title": "T", field: value}], COLUMNS, sha256="0" * 64)

    assert (record.line, dict(zip(["number", "title", "subjects"], record.cells, strict=True))[field]) == (1, cell)


HOSTILE = {
    "not json": (b"{number: 1}", "is not JSON from character 2 on; put names and texts in straight double quotes"),
    "a text": (b'"number"', "is not a JSON object"),
    "twice": (b'{"number": 1, "number": 2, "title": "T"}', "has a field twice"),
    "no number": (b'{"number": NaN, "title": "T"}', "NaN is not a number"),
    "huge number": (b'{"number": 1' + b"0" * 5000 + b', "title": "T"}', "number: is longer than 8 characters"),
    "object": (b'{"number": {"a": 1}, "title": "T"}', "number: is neither text nor a number"),
    "truth": (b'{"number": true, "title": "T"}', "number: is neither text nor a number"),
    "NUL": (b'{"number": "1\\u0000", "title": "T"}', "number: contains a control character"),
    "half a character": (b'{"number": "\\ud800", "title": "T"}', "number: contains an incomplete character"),
    "raw NUL": (b'{"number": "1\x00", "title": "T"}', "contains a control character"),
    "broken byte": (b'{"number": "\xe9", "title": "T"}', "byte 13 is not UTF-8"),
    "deep": (b'{"number":' * 6000, "is nested too deeply"),
    "long": (b'{"number": "' + b"1" * LONGEST_RECORD + b'"}', f"longer than {LONGEST_RECORD} bytes"),
    "missing": (b'{"title": "T"}', "number: is empty"),
}


@pytest.mark.parametrize(("bad", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_bad_line_of_json_is_refused_alone(bad, reason):
    rows = read(JSON + bad + b"\n" + JSON)

    assert [(line, why) for line, *_, why in rows] == [(1, ""), (2, reason), (3, "")]


def test_cells_of_refused_rows_are_text_everywhere():
    [record] = Rows([{"number": "\ud800\x00", "title": {"a": "\x00"}}], COLUMNS, sha256="0" * 64)

    assert json.dumps(record.cells).isprintable()
    assert [cell.encode() for cell in record.cells] == [b"\\ud800\\x00", b"{'a': '\\x00'}", b""]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T14:30:00Z", "2026-03-01T14:30:00+00:00"),
        ("2026-03-01 14:30:00.25+01:00", "2026-03-01T13:30:00.250000+00:00"),
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
    ],
)
def test_moments_are_told_in_utc(text, moment):
    assert cells.moment_until(date(2026, 3, 10))(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-02-30", "2026-03-01T25:00Z", "0001-01-01T00:00+14:00", "1850-01-01", "2026-03-13", "٢٠٢٦-01-01"],
)
def test_moments_that_are_none(text):
    with pytest.raises(ValueError, match=r"is not a date and time|does not exist|is before|is in the future"):
        cells.moment_until(date(2026, 3, 10))(text)
