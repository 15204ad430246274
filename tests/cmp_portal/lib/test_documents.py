import logging
from datetime import date

import pytest
from typst import TypstError

from cmp_portal.lib.documents import pdf

ON = date(2026, 3, 10)
EMPTY = {
    "board": "Board",
    "language": "en",
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
