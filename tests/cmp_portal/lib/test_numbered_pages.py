import pytest

from cmp_portal.lib.numbered_pages import back_to_row, numbered_pager, page_asked_for


@pytest.mark.parametrize(
    ("text", "page"), [("", 1), ("0", 1), ("x", 1), ("7", 7), ("10000", 10_000), ("10001", 10_000), ("9" * 30, 1)]
)
def test_a_page_is_asked_for_by_its_number(rf, text, page):
    assert page_asked_for(rf.get("/", {"page": text})) == page


@pytest.mark.parametrize(
    ("page", "count", "expected"),
    [
        (1, 0, ("", "", "page 1 of 1")),
        (1, 26, ("", "/list/?page=2#credits", "page 1 of 2")),
        (2, 51, ("/list/?page=1#credits", "/list/?page=3#credits", "page 2 of 3")),
        (2, 50, ("/list/?page=1#credits", "", "page 2 of 2")),
    ],
)
def test_a_page_leads_to_its_neighbors(page, count, expected):
    pager = numbered_pager("/list/", page, count=count, size=25)

    assert (pager.previous_url, pager.next_url, pager.text) == expected


@pytest.mark.parametrize(
    ("sent", "is_done", "url"),
    [
        ({}, True, "/list/"),
        ({"page": "1", "row": "5"}, True, "/list/#credit-5"),
        ({"page": "3", "row": "5"}, True, "/list/?page=3#credit-5"),
        ({"page": "3", "row": "5"}, False, "/list/?page=3"),
        ({"page": "x", "row": "x"}, True, "/list/"),
    ],
)
def test_a_form_leads_back_to_its_row(rf, sent, is_done, url):
    assert back_to_row(rf.post("/", sent), "/list/", is_done=is_done) == url
