"""An idle session ends; users are warned before, and what they have typed isn't lost."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.sessions import USED, SessionStore
from tests.factories import PASSWORD, HolderUserFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR = 60 * 60
BOX = ".lasting"


@pytest.fixture
def maria(person):
    return lambda **about: _signs_in(person(**about), HolderUserFactory())


def _signs_in(somebody, user):
    somebody.page.clock.install()
    somebody.signs_in(user.email, PASSWORD)
    return somebody


def unused_for(seconds):
    """As if the newest use of each login had been so long ago."""
    for session in Session.objects.all():
        store = SessionStore(session.session_key)
        store[USED] -= seconds
        store.save()


def left_unused():
    [session] = Session.objects.all()
    store = SessionStore(session.session_key)
    return store[USED]


def types(somebody):
    somebody.opens(reverse("education:credit_add"))
    somebody.fills(Title="Troponin in the emergency room")


def begins(somebody):
    """And has what the script may have to say: it comes with the first key."""
    with somebody.page.expect_response(f"**{reverse('lasting')}?box"):
        types(somebody)


def typed(somebody):
    return somebody.page.get_by_label("Title").input_value()


def waits(somebody, minutes):
    """Their clock alone goes on; the script then asks the portal how long the login still lasts."""
    with somebody.page.expect_response(f"**{reverse('lasting')}"):
        somebody.page.clock.fast_forward(minutes * 60_000)


def test_before_the_login_ends_one_can_stay_and_keeps_what_is_typed(maria):
    somebody = maria()
    begins(somebody)
    waits(somebody, 2)
    unused_for(HOUR - 290)
    waits(somebody, 57)
    somebody.sees("Nothing has been sent for a while")
    before = left_unused()

    assert somebody.page.locator(BOX).get_attribute("role") == "alertdialog"
    assert somebody.page.locator(":focus").inner_text() == "Stay logged in"
    with somebody.page.expect_response(f"**{reverse('lasting')}"):
        somebody.page.keyboard.press("Enter")
    somebody.page.locator(BOX).wait_for(state="hidden")
    assert left_unused() >= before + HOUR - 300
    assert typed(somebody) == "Troponin in the emergency room"


def test_who_is_at_work_is_not_interrupted(maria):
    somebody = maria()
    begins(somebody)
    waits(somebody, 2)
    unused_for(HOUR - 290)
    before = left_unused()
    somebody.page.clock.fast_forward(54 * 60_000)
    somebody.page.get_by_label("Title").press("s")
    waits(somebody, 2)
    somebody.page.wait_for_timeout(300)

    assert left_unused() >= before + HOUR - 300
    assert not somebody.page.locator(BOX).is_visible()


def test_use_of_another_tab_keeps_this_one(maria):
    somebody = maria()
    begins(somebody)
    waits(somebody, 2)
    unused_for(HOUR - 290)
    other = somebody.page.context.new_page()
    other.goto(f"{somebody.site}{reverse('education:credits')}")
    waits(somebody, 57)
    somebody.page.wait_for_timeout(300)

    assert not somebody.page.locator(BOX).is_visible()


def test_a_login_that_cannot_last_longer_says_so(maria, settings):
    settings.SESSION_COOKIE_AGE = 200
    somebody = maria()
    begins(somebody)
    waits(somebody, 2)

    somebody.sees("No session lasts longer than this.")


def test_what_is_sent_too_late_is_still_there_after_the_login(maria):
    somebody = maria()
    begins(somebody)
    unused_for(HOUR + 1)
    waits(somebody, 2)
    somebody.sees("When you send it, you will need to log in first")
    somebody.clicks("Continue")
    _sends_too_late(somebody)

    assert typed(somebody) == "Troponin in the emergency room"


def test_so_it_is_without_javascript(maria):
    somebody = maria(javascript=False)
    types(somebody)
    unused_for(HOUR + 1)
    _sends_too_late(somebody)

    assert typed(somebody) == "Troponin in the emergency room"


def _sends_too_late(somebody):
    page = somebody.page
    page.locator("main form button[type=submit]").first.click()
    page.locator("input[name=login]").fill(HolderUserFactory._meta.model.objects.get().email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    somebody.sees("None of it is saved yet")
    somebody.clicks("Send it now")
    page.get_by_label("Title").wait_for()


def test_the_boards_staff_are_warned_too(person, settings):
    settings.DEMO = True  # without the second step
    somebody = _signs_in(person(), UserFactory(roles=[Role.REVIEWER]))
    somebody.opens("/admin/")
    waits(somebody, 2)
    unused_for(HOUR - 290)
    waits(somebody, 57)

    somebody.sees("Nothing has been sent for a while")
