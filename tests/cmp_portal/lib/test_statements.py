import pytest

from cmp_portal.lib.statements import execute, first_column

pytestmark = pytest.mark.django_db


def test_execute_counts_the_rows():
    made = execute("CREATE TEMP TABLE numbers ON COMMIT DROP AS SELECT generate_series(1, %(most)s) AS number", most=3)

    assert (made, execute("DELETE FROM numbers WHERE number > 1")) == (3, 2)


def test_first_column_has_the_values_in_order():
    assert first_column("SELECT number FROM generate_series(1, %(most)s) number ORDER BY number DESC", most=3) == [
        3,
        2,
        1,
    ]


def test_first_column_of_nothing_is_empty():
    assert first_column("SELECT 1 WHERE FALSE") == []
