"""Behind the back button, a page shows what is true now, not what was true when it was left."""

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, CreditFactory, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["/account/", "/education/progress/"]
RESTORED = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


@pytest.fixture
def cycle():
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def signed_in(person, cycle):
    """Given a holder with a credit that counts nowhere yet."""
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory(holder=cycle.holder, subjects=["chemistry"])

    def sign_in(**about):
        somebody = person(**about)
        somebody.signs_in(user.email, PASSWORD)
        return somebody

    return sign_in


def ring(holder):
    return holder.page.locator(".ring text").first


@pytest.mark.parametrize("javascript", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_going_back_shows_what_was_changed_since(signed_in, cycle, page, javascript):
    holder = signed_in(javascript=javascript)
    holder.opens(page)
    expect(ring(holder)).to_have_text("0")
    holder.opens(f"/education/progress/{cycle.pk}/suggestion/")
    holder.clicks("Apply this suggestion")
    holder.sees("1 allocation made.")

    holder.page.go_back()
    holder.page.go_back()

    assert holder.page.url.endswith(page)
    expect(ring(holder)).to_have_text("2")


@pytest.mark.parametrize("page", PAGES)
def test_page_that_the_browser_restores_whole_is_asked_for_again(signed_in, page):
    holder = signed_in()
    holder.opens(page)

    with holder.page.expect_navigation():
        holder.page.evaluate(RESTORED)


def test_form_that_the_browser_restores_whole_keeps_what_was_typed(signed_in):
    holder = signed_in()
    holder.opens("/education/credits/add/")
    holder.fills(Title="Troponin in the emergency room")

    holder.page.evaluate(RESTORED)

    expect(holder.page.get_by_label("Title")).to_have_value("Troponin in the emergency room")
