"""Printed pages: all content, no controls."""

import re

import pytest
from pypdfium2 import PdfDocument

from tests.declarations.reviews import submitted
from tests.factories import (
    PASSWORD,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TO_PRESS = """
    [...document.querySelectorAll("header, footer, nav, button, select, .button, .skip-link")]
        .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
        .map((one) => one.outerHTML.slice(0, 100))
"""
WHITE = "rgb(255, 255, 255)"


@pytest.fixture
def cycle(transactional_db):
    """Given a credit that counts and one that does not yet."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    counted = CreditFactory(holder=cycle.holder, title="Electrolytes in the elderly")
    AllocationFactory(cycle=cycle, credit=counted)
    CreditFactory(holder=cycle.holder, title="Blasts and their mimics", subjects=["hematology"])
    return cycle


@pytest.fixture
def holder(person, cycle):
    """Whose they are, and who likes it dark."""
    somebody = person(scheme="dark")
    somebody.signs_in(HolderUserFactory(holder=cycle.holder).email, PASSWORD)
    return somebody


@pytest.mark.parametrize("path", ["/education/progress/", "/declaration/transcripts/{}/"])
def test_page_on_paper_is_to_be_read_and_not_to_be_pressed(holder, cycle, path):
    holder.opens(path.format(cycle.pk))
    holder.page.emulate_media(media="print")

    assert holder.page.evaluate(TO_PRESS) == []
    assert holder.page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
    for title in ("Electrolytes in the elderly", "Blasts and their mimics"):
        assert holder.page.get_by_text(title).first.is_visible()


def test_points_of_a_share_are_read_in_a_sentence(holder):
    holder.opens("/education/progress/")
    holder.page.emulate_media(media="print")

    assert holder.page.get_by_text("2 counted in Chemistry.").is_visible()
    assert not holder.page.locator(".shares").first.is_visible()


def test_progress_on_paper_says_whose_it_is_and_that_there_is_more(holder, cycle):
    CreditFactory.create_batch(7, holder=cycle.holder)
    told = holder.page.get_by_text(f"Certificate {cycle.credential.certificate_number}")
    more = holder.page.get_by_text("More credits are in the transcript.")
    holder.opens("/education/progress/")
    on_screen = told.is_visible(), more.is_visible()

    holder.page.emulate_media(media="print")

    assert on_screen == (False, False)
    assert (told.is_visible(), more.is_visible()) == (True, True)


def test_progress_fits_on_few_sheets(holder):
    holder.opens("/education/progress/")

    assert len(re.findall(rb"/Type\s*/Page\b", holder.page.pdf(format="A4"))) == 2


def test_declaration_on_paper_says_where_each_credit_is_allocated(person, transactional_db):
    declaration = submitted()
    user = declaration.holder.user
    user.set_password(PASSWORD)
    user.save()
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)

    somebody.opens(declaration.get_absolute_url())
    somebody.page.emulate_media(media="print")

    shares = somebody.page.locator("#credits ~ .rows .shares")
    assert shares.count() == len(declaration.declared.all())
    assert all(share.is_visible() for share in shares.all())


LOWER = """
    (height) => {
        window.gap ??= document.createElement("div");
        window.gap.style.height = `${height}px`;
        document.querySelector("main").prepend(window.gap);
    }
"""


def test_a_heading_on_paper_stays_with_what_follows_it(holder, cycle):
    """Given a page whose panels begin lower and lower on the sheet."""
    holder.opens(f"/declaration/transcripts/{cycle.pk}/")
    first_area = holder.page.locator("#areas ~ dl dt").first.inner_text()

    for height in range(0, 1000, 30):
        holder.page.evaluate(LOWER, height)
        sheets = [sheet.get_textpage().get_text_range() for sheet in PdfDocument(holder.page.pdf(format="Letter"))]
        assert [first_area in sheet for sheet in sheets if "Points by area" in sheet] == [True], height
