from itertools import pairwise

import pytest

from cmp_portal.lib.charts import FOOT, HEIGHT, WIDTH, bar, by_age, columns


def test_the_highest_bar_leaves_room_for_its_number():
    assert bar(0, 40, 5, 5, 20, "five", "received").y == FOOT


def test_a_bar_of_nothing_has_neither_height_nor_number():
    flat = bar(0, 40, 0, 5, 20, "none", "received")

    assert (flat.height, flat.y, flat.value) == (0, HEIGHT, "")


def test_a_large_number_is_grouped():
    assert bar(0, 40, 1_234_567, 1_234_567, 20, "many", "received").value == "1,234,567"


def test_columns_stand_beside_each_other_inside_the_chart():
    chart = columns("days", "Days", "Three.", [("a", 1), ("b", 2), ("c", 0)], ("Day", "Count"))

    edges = [(one.x, one.x + one.width) for one in chart.bars]
    assert all(end <= start for (_x, end), (start, _y) in pairwise(edges))
    assert edges[-1][1] <= WIDTH


def test_the_table_has_the_numbers_of_the_bars():
    chart = columns("days", "Days", "Three.", [("a", 1), ("b", 2_000)], ("Day", "Count"))

    assert [(row.label, row.values) for row in chart.rows] == [("a", ("1",)), ("b", ("2,000",))]


def test_a_single_column_is_no_wall():
    (only,) = columns("days", "Days", "One.", [("a", 1)], ("Day", "Count")).bars

    assert only.x + only.width <= WIDTH / 5


@pytest.mark.parametrize("counts", [[], [("a", 0), ("b", 0)]])
def test_a_chart_of_nothing_has_no_bars(counts):
    assert not columns("days", "Days", "None.", counts, ("Day", "Count")).has_bars


def test_a_chart_of_something_has_bars():
    assert columns("days", "Days", "One.", [("a", 0), ("b", 1)], ("Day", "Count")).has_bars


def test_ages_are_counted_in_the_group_they_fall_into():
    found = by_age([(0, 2), (1, 1), (4, 3), (0, 1)])

    assert found == [("0–7", 3), ("8–14", 1), ("15–30", 0), ("31–60", 0), ("61+", 3)]
