from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from credentials.rules import Requirements, RequirementsError, check_versions, newest_for

FIRST = Requirements("PA(ASCP)", "PA", "1", None, Decimal(45), Decimal("0.25"), False, "", ())
SECOND = replace(FIRST, version="2", applies_from=date(2022, 1, 1))


def test_versions_that_follow_each_other_pass():
    check_versions({"pa-1.toml": FIRST, "pa-2.toml": SECOND, "mls.toml": replace(FIRST, credential="MLS(ASCP)")})


def test_the_same_version_twice_is_refused():
    with pytest.raises(RequirementsError) as caught:
        check_versions({"a.toml": FIRST, "b.toml": replace(SECOND, version="1")})

    assert str(caught.value) == 'b.toml: version: "1" as in a.toml, for the same credential PA(ASCP); change one'


@pytest.mark.parametrize(("day", "said"), [(None, "missing"), (date(2022, 1, 1), '"2022-01-01"')])
def test_the_same_first_day_twice_is_refused(day, said):
    first, second = replace(FIRST, applies_from=day), replace(SECOND, applies_from=day)

    with pytest.raises(RequirementsError) as caught:
        check_versions({"a.toml": first, "b.toml": second})

    assert str(caught.value) == (
        f"b.toml: applies_from: {said} as in a.toml, for the same credential PA(ASCP); change one"
    )


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [(date(2021, 12, 31), FIRST), (date(2022, 1, 1), SECOND), (date(2030, 1, 1), SECOND)],
)
def test_newest_for_a_cycle_is_the_last_that_applies(ends_on, expected):
    assert newest_for([SECOND, FIRST], ends_on) is expected


def test_newest_for_is_none_before_the_first():
    assert newest_for([SECOND], date(2021, 12, 31)) is None
