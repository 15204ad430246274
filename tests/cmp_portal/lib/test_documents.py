import logging
from datetime import date

import pypdfium2
import pytest
from django.utils.translation import override
from typst import TypstError

from cmp_portal.lib.documents import pdf

ON = date(2026, 3, 10)
EMPTY = {
    "title": "Transcript",
    "footer": "",
    "facts": [],
    "areas_title": "Points by area",
    "areas_header": ["Area", "Counted", "Needed"],
    "areas": [],
    "lines_title": "Activities",
    "lines_header": ["Completed", "Activity", "Credit", "Allocated to", "Points"],
    "lines": [],
    "refused_title": "Not accepted by the Board",
    "refused_header": ["Completed", "Activity", "Credit", "Reason", "Points"],
    "refused": [],
    "after": "",
}


def test_document_says_that_it_is_accessible():
    assert b"pdfuaid:part" in pdf("transcript", EMPTY, on=ON)


@pytest.mark.parametrize("language", ["en", "es"])
def test_document_is_in_the_active_language_and_of_the_board(language, settings):
    settings.BOARD_NAME = "Board of Certification"

    with override(language):
        found = pdf("transcript", EMPTY, on=ON)

    assert f"/Lang({language})".encode() in found.replace(b" ", b"")
    assert "Board of Certification" in pypdfium2.PdfDocument(found)[0].get_textpage().get_text_range()


def test_data_is_never_read_as_markup():
    """Were it, an unknown function would be an error."""
    assert pdf("transcript", EMPTY | {"title": "#unknown() *not bold* [x] $y$"}, on=ON).startswith(b"%PDF-")


def test_character_no_font_has_costs_the_claim_not_the_document(caplog):
    with caplog.at_level(logging.WARNING):
        found = pdf("transcript", EMPTY | {"title": "山田"}, on=ON)

    assert found.startswith(b"%PDF-") and b"pdfuaid:part" not in found
    assert "山田" not in caplog.text and "not PDF/UA" in caplog.text


def test_any_other_error_is_told():
    with pytest.raises(TypstError):
        pdf("transcript", {}, on=ON)


def pages_of(**data):
    document = pypdfium2.PdfDocument(pdf("transcript", EMPTY | data, on=ON))
    return [page.get_textpage().get_text_range() for page in document]


def line(number, reason="Chemistry"):
    return ["1 May 2026", f"First {number}\nof\nfour\nlast {number}", "1", reason, "1"]


def test_a_row_stays_on_one_page():
    pages = pages_of(lines=[line(number) for number in range(30)])

    assert len(pages) > 1
    assert all(page.count("First") == page.count("last") for page in pages)


def test_a_word_wider_than_its_column_is_read_whole():
    document = pypdfium2.PdfDocument(pdf("transcript", EMPTY | {"lines": [line(1, "W" * 120)]}, on=ON))

    (page,) = document
    texts = page.get_textpage()
    right = max(texts.get_charbox(place)[2] for place in range(texts.count_chars()))
    assert right < page.get_width() - 50  # inside the margin of 2 cm


def test_a_row_longer_than_a_page_is_split():
    reason = "It is not accepted. " * 250

    pages = pages_of(refused=[line(1, reason)])

    assert len(pages) > 1
    assert sum(page.count("accepted.") for page in pages) == 250


@pytest.mark.parametrize(("length", "count"), [(1, 29), (2, 16), (5, 25)])
def test_a_table_that_fills_its_page_is_followed_by_no_blank_one(length, count):
    text = "\n".join(["last"] * length)

    assert all("last" in page for page in pages_of(lines=[["", text, "", "", ""]] * count))


@pytest.mark.parametrize("length", range(120, 130))
def test_a_long_footer_leaves_the_page_number_in_its_corner(length):
    document = pypdfium2.PdfDocument(pdf("transcript", EMPTY | {"footer": ("Waverly " * 20)[:length]}, on=ON))

    page = document[0].get_textpage()
    left, *_others = page.get_charbox(page.get_text_range().rindex("1"))
    assert left > document[0].get_width() / 2
