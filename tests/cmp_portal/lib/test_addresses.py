import pytest

from cmp_portal.lib import addresses


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("", None), (None, None), ("x", None), ("٣", None), ("9" * 19, None)]
)
def test_number_reads_a_rows_number_and_nothing_else(text, number):
    assert addresses.number(text) == number


def test_page_is_the_address_of_a_page():
    assert addresses.page("education:progress") == "/education/progress/"
