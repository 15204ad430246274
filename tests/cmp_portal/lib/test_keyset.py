from datetime import UTC, datetime

import pytest

from cmp_portal.lib.keyset import MomentCursor


@pytest.mark.parametrize("backwards", [False, True])
def test_a_moment_comes_back_from_its_address_to_the_microsecond(backwards):
    cursor = MomentCursor(datetime(2026, 3, 10, 12, 0, 0, 123457, tzinfo=UTC), 42, backwards)

    assert MomentCursor.read(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "f", "f1", "f1-", "f-1", "x1-1", "f1-1x", "f" + "9" * 30 + "-1", "f1-" + "9" * 30]
)
def test_what_is_no_cursor_is_none(text):
    assert MomentCursor.read(text) is None
