from datetime import UTC, datetime

import pytest

from cmp_portal.lib.keyset import MomentCursor, trimmed


@pytest.mark.parametrize("backwards", [False, True])
def test_a_moment_comes_back_from_its_address_to_the_microsecond(backwards):
    cursor = MomentCursor(datetime(2026, 3, 10, 12, 0, 0, 123457, tzinfo=UTC), 42, backwards)

    assert MomentCursor.read(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "f", "f1", "f1-", "f-1", "x1-1", "f1-1x", "f" + "9" * 30 + "-1", "f1-" + "9" * 30]
)
def test_what_is_no_cursor_is_none(text):
    assert MomentCursor.read(text) is None


@pytest.mark.parametrize(
    ("cursor", "found", "expected"),
    [
        (None, "ab", ("ab", False, False)),
        (None, "abc", ("ab", False, True)),
        (False, "cd", ("cd", True, False)),
        (False, "cde", ("cd", True, True)),
        (True, "ba", ("ab", False, True)),
        (True, "cba", ("bc", True, True)),
        (True, "", ("", False, False)),
    ],
    ids=["all", "first", "last", "next", "back to the first", "back", "nothing before"],
)
def test_a_page_knows_its_neighbors(cursor, found, expected):
    at = None if cursor is None else MomentCursor(datetime(2026, 3, 10, tzinfo=UTC), 42, cursor)

    rows, has_before, has_after = trimmed(list(found), cursor=at, size=2)

    assert ("".join(rows), has_before, has_after) == expected
