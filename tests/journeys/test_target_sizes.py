"""What axe lets pass, since it is far enough from other targets, is still large enough to be hit (WCAG 2.5.8)."""

import pytest

from tests.factories import PASSWORD, AlertFactory, HolderUserFactory

SMALL = """
    (selector) => [...document.querySelectorAll(selector)]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.innerText)
"""


@pytest.mark.parametrize(
    ("path", "targets"),
    [("/account/", ".alerts a"), ("/account/alerts/", ".alerts a"), ("/education/credits/add/", "summary")],
)
def test_what_is_pressed_is_24_pixels_high(person, path, targets):
    user = HolderUserFactory()
    AlertFactory(holder=user.holder, link="/education/credits/")
    somebody = person(width=390)
    somebody.signs_in(user.email, PASSWORD)

    somebody.opens(path)

    assert somebody.page.locator(targets).count() > 0
    assert somebody.page.evaluate(SMALL, targets) == []
