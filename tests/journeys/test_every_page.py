"""Every page of the demo, light and dark, wide and narrow: accessible, inside its window, within its content policy."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cmp_portal.demo.signins import PASSWORD
from tests.journeys import contrast, english, spacing, tearing, violations
from tests.journeys import visits as pages
from tests.journeys.orientation import Orientation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AGAIN = "/account/reauthenticate/"


# The Board's staff read names of models there, and providers' engineers what programs read, in English.
OF_OTHERS = ("/admin/", "/gallery/", "/api/")


@pytest.fixture
def visits(transactional_db, settings):
    pages.demo(settings)
    return pages.visits(settings)


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_fit_to_be_seen(person, visits, width):
    faults, orientation = {}, Orientation()
    for email, paths in visits.items():
        somebody = person(width=width, still=True)
        if email:
            somebody.signs_in(email, PASSWORD)
        for path in paths:
            somebody.page.emulate_media(color_scheme="light")
            _opens(somebody, path)
            faults[f"{email} {path}"] = [
                *orientation.looks(somebody.page, email),
                *_faults(somebody.page),
                *_seen(somebody.page, f"light-{width}", email, path),
            ]
            _darken(somebody.page)
            faults[f"{email} {path} in the dark"] = [
                *_faults(somebody.page, rules=violations.OF_COLOURS),
                *_seen(somebody.page, f"dark-{width}", email, path),
                *spacing.lost_on(somebody.page),  # leaves the page changed
            ]

    assert {page: found for page, found in faults.items() if found} == {}
    assert orientation.faults() == {}


def _darken(page):
    """And waits until colours have faded into each other."""
    page.emulate_media(color_scheme="dark")
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")


def _seen(page, sheet, email, path):
    _take_a_picture(page, sheet, email, path)
    return contrast.too_weak_on(page)


def _opens(somebody, path):
    """The page itself: where it asks once more who it is, they say so."""
    somebody.opens(path)
    if AGAIN in somebody.page.url and path != AGAIN:
        somebody.hand.writes(somebody.page.locator("input[name=password]"), PASSWORD)
        with somebody.page.expect_navigation():
            somebody.hand.presses(somebody.page.locator("main form button[type=submit]").first)
        assert urlsplit(somebody.page.url).path == path


def _faults(page, **rules):
    return [*violations.on(page, **rules), *_too_wide(page), *tearing.torn_on(page)]


def _too_wide(page):
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        yield f"{width} px wide"


MOVES = """
    () => [...document.querySelectorAll("*")].filter((one) => {
        const style = getComputedStyle(one);
        const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0);
        return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration))
            || style.scrollBehavior === "smooth";
    }).map((one) => `moves: ${one.outerHTML.slice(0, 80)}`).slice(0, 3)
"""


def test_every_page_is_fit_at_twice_the_size_and_without_motion(person, visits):
    faults = {}
    for email, paths in visits.items():
        somebody = person(width=640, scale=2, still=True)
        if email:
            somebody.signs_in(email, PASSWORD)
        for path in paths:
            _opens(somebody, path)
            faults[f"{email} {path}"] = [*_too_wide(somebody.page), *somebody.page.evaluate(MOVES)]

    assert {page: found for page, found in faults.items() if found} == {}


def test_every_page_of_holders_speaks_spanish_to_whose_browser_does(person, visits):
    faults, known, titles = {}, english.data(), english.titles()
    for email, paths in visits.items():
        somebody = person(width=320, language="es-US")
        if email:
            somebody.signs_in(email, PASSWORD)
        for path in paths:
            if path.startswith(OF_OTHERS):
                continue
            _opens(somebody, path)
            _take_a_picture(somebody.page, "spanish-320", email, path)
            faults[f"{email} {path}"] = [
                *_faults(somebody.page),
                *english.left_on(somebody.page, known),
                *english.unmarked_on(somebody.page, titles),
                *spacing.lost_on(somebody.page),
            ]
            assert somebody.page.locator("html").get_attribute("lang") == "es"

    assert {page: found for page, found in faults.items() if found} == {}


def _take_a_picture(page, sheet, email, path):
    """For `make pictures`."""
    if folder := os.environ.get("PICTURES"):
        nameless = re.sub(r"/(\d+|[0-9a-f-]{36})(?=/)", "/one", path)
        name = re.sub(r"[^a-z0-9]+", "-", nameless).strip("-")[:60] or "guide"
        who = (email or "anybody").partition("@")[0]
        page.screenshot(path=Path(folder) / sheet / who / f"{name}.png", full_page=True)
