"""Bitstring status lists, read by an independent library."""

from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3.status import decode_encoded_list, set_indices

from cmp_portal.lib.bitstrings import LENGTH, encoded


@given(st.sets(st.integers(0, LENGTH - 1), max_size=20))
def test_list_says_what_is_set_and_nothing_else(places):
    bits = decode_encoded_list(encoded(places))

    assert (len(bits) * 8, set_indices(bits)) == (LENGTH, places)


def test_same_list_is_the_same_text():
    assert encoded([1, 2]) == encoded([2, 1])
