"""In the colors that a user forces upon all pages, such as Windows' contrast themes."""

import pytest

from tests.factories import PASSWORD, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COLORS_OF = """
    (selectors) => selectors.map((selector) => {
        const style = getComputedStyle(document.querySelector(selector));
        return style[selector.includes("fill") ? "stroke" : "fill"];
    })
"""
NAMED = """
    (names) => names.map((name) => {
        const probe = document.createElement("p");
        probe.style.color = name;
        document.body.append(probe);
        return getComputedStyle(probe).color;
    })
"""


@pytest.fixture
def holder(person):
    """Given a holder whose theme on these pages is light, in a dark theme of the system."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.page.emulate_media(forced_colors="active", color_scheme="dark")
    somebody.opens("/education/progress/")
    somebody.page.evaluate("document.documentElement.dataset.theme = 'light'")
    return somebody


def test_drawings_have_the_colors_of_the_user(holder):
    text, background = holder.page.evaluate(NAMED, ["CanvasText", "Canvas"])

    drawn = holder.page.evaluate(COLORS_OF, [".ring text", ".timeline text", ".bar-track", ".timeline-dot"])

    assert drawn == [text, text, background, background]


def test_the_current_page_is_marked_in_the_navigation(holder):
    links = holder.page.locator(".nav-wide .nav-link")
    lines = links.evaluate_all("(all) => all.map((one) => [one.ariaCurrent, getComputedStyle(one).textDecorationLine])")

    assert [line for current, line in lines if current] == ["underline"]
    assert {line for current, line in lines if not current} == {"none"}
