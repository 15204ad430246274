import pytest
from django.core.exceptions import ValidationError

from cmp_portal.lib.fields import TextField, typed

# As a page counts them and lets them be written: ten signs.
TEN = "one\r\ntwo\r\n34"


def test_text_is_as_long_as_its_page_counts_it():
    assert TextField(max_length=10).clean(TEN) == "one\ntwo\n34"


def test_text_that_is_longer_is_refused():
    with pytest.raises(ValidationError):
        TextField(max_length=9).clean(TEN)


def test_nothing_is_cut_off_that_a_page_lets_somebody_write(rf):
    request = rf.post("/", {"note": TEN})

    assert typed(request, "note", most=10) == "one\ntwo\n34"


def test_a_field_that_is_missing_is_empty(rf):
    assert typed(rf.post("/"), "note") == ""
