"""Every page of the demo, light and dark, wide and narrow: accessible, without overflow or CSP violations."""

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
WIDTHS = (320, 1280)
SCHEMES = {"light": violations.ALL, "dark": violations.OF_COLOURS}


# The Board's staff read names of models there, and providers' engineers what programs read, in English.
OF_OTHERS = ("/admin/", "/gallery/", "/api/")


@pytest.fixture
def visits(transactional_db, settings):
    pages.demo(settings)
    return pages.visits(settings)


def test_every_page_is_fit_to_be_seen(person, visits):
    """Each is opened once, and its window and colours changed: axe is read and compiled once for all of them."""
    faults, orientation = {}, Orientation()
    for email, paths in visits.items():
        somebody = person(width=WIDTHS[0], still=True)
        if email:
            somebody.signs_in(email, PASSWORD)
        for path in paths:
            _turns(somebody.page, WIDTHS[0], "light")
            _opens(somebody, path)
            faults[f"{email} {path}"] = orientation.looks(somebody.page, email)
            for window, found in _looks(somebody.page, email, path):
                faults[f"{email} {path} {window}"] = found

    assert {page: found for page, found in faults.items() if found} == {}
    assert orientation.faults() == {}


def _looks(page, email, path):
    """At all widths and in all colours: the window, and what is wrong in it."""
    for width in WIDTHS:
        for scheme, rules in SCHEMES.items():
            _turns(page, width, scheme)
            _take_a_picture(page, f"{scheme}-{width}", email, path)
            yield f"{scheme} {width}", [*_faults(page, rules=rules), *contrast.too_weak_on(page)]
        yield f"{width} with wider spacing", spacing.lost_on(page)
    yield "at twice the size", _lost_at_twice_the_size(page)


def _turns(page, width, scheme):
    """And waits until colours have faded into each other."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    faded = "Promise.all(document.getAnimations().map((one) => one.finished))"
    assert page.evaluate(f"{faded}.then(() => innerWidth)") == width


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


def _lost_at_twice_the_size(page):
    """And what moves for those who want no motion; the page needs a width again afterwards."""
    twice = {"width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": False}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setDeviceMetricsOverride", twice)
    assert page.evaluate("[innerWidth, devicePixelRatio]") == [640, 2]
    lost = [*_too_wide(page), *page.evaluate(MOVES)]
    devtools.detach()
    return lost


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
