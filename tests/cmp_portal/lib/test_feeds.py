import hashlib
import io
from datetime import date

import pytest

from cmp_portal.lib.feeds import cells
from cmp_portal.lib.feeds.reading import LONGEST_RECORD, Feed
from cmp_portal.lib.feeds.sources import UnusableFile

COLUMNS = [
    cells.Column("number", cells.text(8)),
    cells.Column("title", cells.text(40)),
    cells.Column("month", cells.optional(cells.month), optional=True),
]
HEAD = b"number,title\n"


def feed(raw: bytes) -> Feed:
    return Feed(io.BytesIO(raw), COLUMNS)


def read(raw: bytes) -> list[tuple]:
    return [(record.line, *record.cells[:2], record.reason) for record in feed(raw)]


def test_what_comes_back_as_a_rejects_file_is_as_it_was_received():
    assert read(b"line,reason,number,title\n2,why,'-77,'+Omics\n") == [(2, "-77", "+Omics", "")]
    assert read(b"number,title\n'-77,'+Omics\n") == [(2, "'-77", "'+Omics", "")]


# --- Files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"number,title\n1,Chemistry\n",
        b"\xef\xbb\xbfnumber,title\r\n1,Chemistry\r\n",
        b"number,title\n1,Chemistry",
        b" Title , NUMBER \nChemistry,1\n",
        b'"number","title"\n"1","Chemistry"\n',
        b"number,title\n\n1,Chemistry\n\n",
        b"number,title,\n,,\n1,Chemistry,\n , ,\n,,,,\n",
        b"number,title\n 1 ,\tChemistry \n",
    ],
    ids=[
        "plain",
        "bom and crlf",
        "no last line end",
        "other order and case",
        "quoted",
        "blank lines",
        "empty rows",
        "padded",
    ],
)
def test_feed_reads_what_spreadsheets_write(raw):
    rows = [tuple(record.cells) for record in feed(raw)]

    assert rows == [("1", "Chemistry", "")]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the file is empty; its first line must name the columns: export it again"),
        (b"number\n", "columns missing: title (add them: the first line must name the columns, separated by commas)"),
        (b"number;title\n1;2\n", "the columns are separated by semicolons: save it as CSV with commas"),
        (b'\xef\xbb\xbf"Number"\t"Title"\n1\t2\n', "the columns are separated by tabs: save it as CSV with commas"),
        (
            b"Customer number,Title\n1,2\n",
            "columns missing: number; found instead: “customer number” "
            "(add them: the first line must name the columns, separated by commas)",
        ),
        (
            b"1,1,2026-01-01\n",
            "columns missing: number, title; found instead: “1, 1, 2026-01-01” "
            "(add them: the first line must name the columns, separated by commas)",
        ),
        (b"number,title,number\n", "columns named twice: number (name each only once)"),
        (
            b"PK\x03\x04\x14\x00\x06\x00",
            "the file is not CSV text in UTF-8 (line 1: contains a control character): save it as “CSV UTF-8”",
        ),
        (
            "number,title".encode("utf-16"),
            "the file is not CSV text in UTF-8 (line 1: byte 1 is not UTF-8): save it as “CSV UTF-8”",
        ),
        (
            b"x" * LONGEST_RECORD,
            f"the file is not CSV text in UTF-8 (line 1: longer than {LONGEST_RECORD} bytes): save it as “CSV UTF-8”",
        ),
        (
            b'number,"title\n',
            "the file is not CSV (line 1: a quote is opened but not closed): fix the quotes around the column names",
        ),
    ],
    ids=[
        "empty", "missing", "semicolons", "tabs", "another name", "no header", "twice", "spreadsheet", "utf-16",
        "one endless line", "quote in header",
    ],
)  # fmt: skip
def test_feed_refuses_an_unusable_file(raw, message):
    with pytest.raises(UnusableFile) as refusal:
        feed(raw)

    assert str(refusal.value) == message


def test_of_a_first_line_that_never_ends_only_the_beginning_is_read():
    stream = io.BytesIO(b"\0" * 10 * LONGEST_RECORD)

    with pytest.raises(UnusableFile, match="line 1: longer than 65536 bytes"):
        Feed(stream, COLUMNS)

    assert stream.tell() <= 2 * LONGEST_RECORD


def test_feed_names_the_columns_it_ignores():
    ignored = feed(b"number,remark,title,,\n").ignored

    assert ignored == ["remark"]


def test_feed_knows_the_digest_of_what_it_read():
    raw = HEAD + b'1,"open\n2,Chemistry\n'
    source = feed(raw)

    list(source)

    assert source.sha256 == hashlib.sha256(raw).hexdigest()


# --- Records --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"2,caf\xe9\n", "byte 6 is not UTF-8: save the file as “CSV UTF-8”"),
        (b"2,Chem\x00istry\n", "contains a control character"),
        (b"2\n", "has 1 fields instead of 2"),
        (b"2,a,b\n", "has 3 fields instead of 2"),
        (b"2," + b"x" * 41 + b"\n", "title: is longer than 40 characters"),
        (b"2," + b"x" * LONGEST_RECORD + b"\n", f"longer than {LONGEST_RECORD} bytes"),
        (b'2,"Chemistry\n', "a quote is opened but not closed"),
        (b'2,"Chem"istry"\n', "a quote is opened but not closed"),
        (b'2,"Chem"istry\n', "is not CSV: text follows a closing quote; write a quote inside a cell twice"),
        (b'"",\n', "number: is empty; title: is empty"),
    ],
    ids=[
        "byte", "nul", "too few", "too many", "long cell", "long record", "open quote", "odd quotes",
        "text after quote", "all problems at once",
    ],
)  # fmt: skip
def test_feed_refuses_a_broken_record_alone(bad, reason):
    rows = read(HEAD + b"1,Before\n" + bad + b"3,After\n")

    assert [(line, why) for line, *_, why in rows] == [(2, ""), (3, reason), (4, "")]


def test_feed_reads_a_record_over_several_lines():
    rows = read(HEAD + b'1,"Blood\nbanking"\n2,Chemistry\n')

    assert rows == [(2, "1", "Blood banking", ""), (4, "2", "Chemistry", "")]


def test_feed_counts_lines_on_after_an_unclosed_quote():
    rows = read(HEAD + b'1,"open\n' + b"2,Chemistry\n" * 300 + b'3,"closed"\n')

    assert (rows[0][3], rows[1][0], rows[-1][:3]) == ("a quote is opened but not closed", 3, (303, "3", "closed"))


def test_feed_keeps_a_quote_within_a_word():
    rows = read(HEAD + b'1,5" tubes\n2,Chemistry\n')

    assert rows == [(2, "1", '5" tubes', ""), (3, "2", "Chemistry", "")]


def test_feed_shows_bytes_it_cannot_read():
    rows = read(HEAD + b"1,caf\xe9\x00\n")

    assert rows[0][2] == "caf\\xe9\\x00"


def test_feed_keeps_only_the_beginning_of_a_refused_cell():
    rows = read(HEAD + b"1," + b"x" * 5000 + b"\n")

    assert len(rows[0][2]) == 1000


# --- Cells ----------------------------------------------------------------------------------------------------------

TODAY = date(2026, 3, 10)
READERS = {
    "points": cells.points,
    "day": cells.day,
    "past": cells.day_until(TODAY),
    "month": cells.month,
    "email": cells.email,
    "kind": cells.one_of(["ce-course"]),
    "subjects": cells.some_of(["chemistry", "safety"]),
    "text": cells.text(5),
    "number": cells.number(9),
}


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        ("points", "1", "1.00"),
        ("points", " 0.25 ", "0.25"),
        ("points", ".5", "0.50"),
        ("points", "01.500", "1.50"),
        ("points", "9999.99", "9999.99"),
        ("points", "0.01", "0.01"),
        ("day", "2024-02-29", "2024-02-29"),
        ("day", "1900-01-01", "1900-01-01"),
        ("past", "2026-03-10", "2026-03-10"),
        ("month", "1", "1"),
        ("month", "12", "12"),
        ("month", "1984-02", "2"),
        ("email", " nadia@example.org ", "nadia@example.org"),
        ("kind", "ce-course ", "ce-course"),
        ("subjects", "safety; chemistry;;safety", "chemistry;safety"),
        ("text", " a \u00a0 b ", "a b"),
        ("number", " 20990001", "20990001"),
        ("number", "12E4", "12E4"),
        ("number", "E+07", "E+07"),
    ],
)
def test_cell_is_read(reader, cell, value):
    assert READERS[reader](cell) == value


@pytest.mark.parametrize(
    ("reader", "cell", "problem"),
    [
        ("points", "", "is empty"),
        ("points", "-1", "“-1” is not greater than 0"),
        ("points", "0", "“0” is not greater than 0"),
        ("points", "0.001", "“0.001” has more than two decimals"),
        ("points", "1e9", "“1e9” is not a plain number"),
        ("points", "1000000000", "“1000000000” is more than 9999.99"),
        ("points", "10000", "“10000” is more than 9999.99"),
        ("points", "1,5", "“1,5” is not a plain number"),
        ("points", "NaN", "“NaN” is not a plain number"),
        ("points", "١", "“١” is not a plain number"),
        ("points", ".", "“.” is not a plain number"),
        ("points", "9" * 500, f"“{'9' * 60}…” is more than 9999.99"),
        ("day", "", "is empty"),
        ("day", "2025-02-29", "2025-02-29 does not exist"),
        ("day", "1899-12-31", "1899-12-31 is before 1900"),
        ("day", "0000-01-01", "0000-01-01 does not exist"),
        ("day", "20250301", "“20250301” is not a date in the form YYYY-MM-DD"),
        ("day", "03/01/2025", "“03/01/2025” is not a date in the form YYYY-MM-DD"),
        ("past", "2026-03-11", "2026-03-11 is in the future"),
        ("month", "13", "“13” is not a month from 1 to 12"),
        ("month", "0", "“0” is not a month from 1 to 12"),
        ("month", "May", "“May” is not a month from 1 to 12"),
        ("email", "nadia", "“nadia” is not an email address"),
        ("email", "a@b@example.org", "“a@b@example.org” is not an email address"),
        ("email", "x" * 250 + "@example.org", "is longer than 254 characters"),
        ("kind", "webinar", "“webinar” is not known"),
        ("kind", "CE course", "“CE course” is not known; did you mean “ce-course”?"),
        ("kind", "", "is empty"),
        ("subjects", "chemistry;astrology", "“astrology” is not known"),
        ("subjects", "Chemistry", "“Chemistry” is not known; did you mean “chemistry”?"),
        ("subjects", "chemistry, safety", "“chemistry, safety” is not known; separate several with ;"),
        ("subjects", " ; ", "is empty"),
        ("text", "sixsix", "is longer than 5 characters"),
        ("text", " ", "is empty"),
        ("number", "", "is empty"),
        *(
            ("number", rounded, f"“{rounded}” was rounded by a spreadsheet; format the column as text, with all digits")
            for rounded in ("2.099E+07", "2,099e+07", "2E+07", "1.5E-05")
        ),
    ],
)
def test_cell_is_refused(reader, cell, problem):
    with pytest.raises(ValueError) as refusal:
        READERS[reader](cell)

    assert str(refusal.value) == problem
