"""The timeline of a cycle on phones, where it is hardly wider than the date of today."""

from datetime import timedelta

import pytest

from cmp_portal.lib import clock
from tests.factories import PASSWORD, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# By how much the label of today sticks out of its card; a few pixels of it are the card's margin.
OUTSIDE = """
    () => {
        const label = document.querySelector(".timeline text").getBoundingClientRect();
        const card = document.querySelector(".timeline").closest(".panel").getBoundingClientRect();
        return Math.round(Math.max(card.left - label.left, label.right - card.right));
    }
"""


@pytest.mark.parametrize("language", ["en-US", "es-US"])
@pytest.mark.parametrize("width", [320, 390, 480])
def test_the_day_of_today_stays_inside_its_card(person, width, language):
    """Given cycles of which a fifth to nine tenths are over."""
    user, today = HolderUserFactory(), clock.today()
    requirements = MlsRequirementSetFactory()
    starts = [today - timedelta(days=days) for days in (220, 440, 550, 770, 990)]
    length = timedelta(days=1095)
    cycles = [
        CycleFactory(holder=user.holder, requirement_set=requirements, starts_on=day, ends_on=day + length)
        for day in starts
    ]
    somebody = person(width=width, language=language)
    somebody.signs_in(user.email, PASSWORD)

    outside = {}
    for cycle in cycles:
        somebody.opens(f"/education/progress/?credential={cycle.credential_id}")
        outside[cycle.starts_on] = somebody.page.evaluate(OUTSIDE)

    assert {day: pixels for day, pixels in outside.items() if pixels > 0} == {}
