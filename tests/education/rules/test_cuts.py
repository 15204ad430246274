from decimal import Decimal

import pytest

from education.rules import kept_of


@pytest.mark.parametrize(
    ("shares", "points", "step", "kept"),
    [
        (["1", "2"], "3", "0.25", ["1", "2"]),
        (["1", "2"], "5", "0.25", ["1", "2"]),
        (["1", "2"], "2.6", "0.25", ["1", "1.5"]),
        (["1", "2"], "1", "0.25", ["1", "0"]),
        (["1", "2"], "0.2", "0.25", ["0", "0"]),
        (["1", "2"], "2.6", "0.1", ["1", "1.6"]),
        ([], "2", "0.25", []),
    ],
)
def test_kept_of_keeps_the_first_shares_whole(shares, points, step, kept):
    found = kept_of([Decimal(each) for each in shares], points=Decimal(points), step=Decimal(step))

    assert found == [Decimal(each) for each in kept]
