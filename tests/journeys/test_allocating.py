"""Allocating in the list of Check Progress, which is one form for all its credits."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from credentials.models import Area
from education.models import Allocation
from tests.factories import (
    PASSWORD,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    SubjectFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[False, True], ids=["without JavaScript", "with JavaScript"])
def holder(person, request):
    """Given a holder with two credits that count nowhere yet."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    for subject in ("chemistry", "hematology"):
        CreditFactory(holder=cycle.holder, title=subject.title(), subjects=[subject])
    somebody = person(javascript=request.param)
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    return somebody


def points_of(holder, title):
    return holder.page.locator("li", has=holder.page.get_by_role("heading", name=title)).get_by_label("Points")


def test_a_button_allocates_its_own_row_whatever_stands_in_the_others(holder):
    points_of(holder, "Hematology").fill("nonsense")
    points_of(holder, "Chemistry").fill("1.5")

    holder.clicks(re.compile("Allocate.*Chemistry"))

    holder.sees("Allocated to Chemistry.")
    assert [(share.area.code, str(share.points)) for share in Allocation.objects.all()] == [("chemistry", "1.50")]


def test_the_key_enter_allocates_nothing_by_itself(holder):
    points_of(holder, "Chemistry").press("Enter")
    points_of(holder, "Hematology").press("Enter")

    holder.opens("/education/progress/")
    assert not Allocation.objects.exists()


def test_with_javascript_the_page_stays_and_so_does_the_place(person):
    """Given a holder far down in a long list, working by keyboard alone."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    last, *_others = CreditFactory.create_batch(7, holder=cycle.holder, subjects=["chemistry"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    somebody.page.evaluate("window.stayed = true")

    somebody.page.locator(f"#credit-{last.pk} button").last.press("Enter")
    somebody.sees("Allocated to Chemistry.")

    somebody.page.locator(f"#credit-{last.pk}:focus").wait_for()
    assert somebody.page.evaluate("window.stayed") is True

    somebody.page.locator(f"#credit-{last.pk}").get_by_role("button", name="Release").press("Enter")
    somebody.sees("Released from Chemistry.")
    assert not Allocation.objects.exists()


def test_a_refusal_far_down_is_read_where_one_looks(person):
    """Given a holder at the last row of a page, who writes more points than there are."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    last, *_others = CreditFactory.create_batch(7, holder=cycle.holder, subjects=["chemistry"])
    somebody = person(width=390)
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")

    somebody.page.locator(f"#credit-{last.pk}").get_by_label("Points").fill("99")
    somebody.page.locator(f"#credit-{last.pk} button").last.click()

    expect(somebody.page.locator(".messages")).to_contain_text("This credit has only 2 points.")
    expect(somebody.page.locator(".messages")).to_be_in_viewport()
    expect(somebody.page.locator(f"#credit-{last.pk}")).to_be_in_viewport()


def test_clicks_faster_than_the_answers_are_all_heard(person):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory.create_batch(5, holder=cycle.holder, subjects=["chemistry"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")

    somebody.page.evaluate("document.querySelectorAll('.allocate button').forEach((button) => button.click())")

    somebody.page.get_by_role("button", name=re.compile("^Allocate:")).first.wait_for(state="detached")
    assert Allocation.objects.values("credit").distinct().count() == 5


def test_a_button_pressed_twice_is_heard_once(person):
    """Given a credit of two points of which one is to count; heard again, the other would count too."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    credit = CreditFactory(holder=cycle.holder, title="Chemistry", subjects=["chemistry"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    points_of(somebody, "Chemistry").fill("1")

    somebody.page.evaluate("document.querySelectorAll('.allocate button').forEach((one) => [one.click(), one.click()])")

    somebody.sees("Allocated to Chemistry.")
    somebody.page.wait_for_load_state("networkidle")
    assert [(share.credit, str(share.points)) for share in Allocation.objects.all()] == [(credit, "1.00")]


def test_what_can_be_undone_fits_the_narrowest_window_in_any_language(person):
    """Given a button with an English area in it, some words of which are marked one by one as English."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    SubjectFactory(code="immunology")
    Area.objects.filter(code="rest").update(title="Laboratory specialty, immunology, molecular biology, management")
    CreditFactory(holder=cycle.holder, subjects=["management"])
    somebody = person(width=320, language="es")
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")

    somebody.clicks(re.compile("^Asignar:"))

    somebody.page.get_by_role("button", name=re.compile("^Deshacer: asignó")).wait_for()
    assert somebody.page.evaluate("document.documentElement.scrollWidth") == 320


def row_of(holder, title):
    return holder.page.locator("li[id]", has=holder.page.get_by_role("heading", name=title))


def test_with_javascript_what_is_typed_in_other_rows_stays(person):
    """Given a holder who types into several rows before pressing a button, and is refused once."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    for title in ("First", "Second", "Third"):
        CreditFactory(holder=cycle.holder, title=title, subjects=["chemistry", "hematology"])
    chemistry = Area.objects.get(code="chemistry")
    share = AllocationFactory(cycle=cycle, credit=cycle.holder.credits.get(title="Third"), area=chemistry, points=1)
    somebody = person(width=390)
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    typed = row_of(somebody, "Third").get_by_label("Points in Chemistry")
    typed.fill("0.75")
    row_of(somebody, "Second").get_by_label("Area").select_option("hematology")
    row_of(somebody, "Second").get_by_label("Points", exact=True).fill("0.5")

    row_of(somebody, "First").get_by_label("Points", exact=True).fill("99")
    somebody.clicks("Allocate: First")
    somebody.sees("This credit has only 2 points.")
    assert row_of(somebody, "First").get_by_label("Points", exact=True).input_value() == "99"
    row_of(somebody, "First").get_by_label("Points", exact=True).fill("1.25")
    somebody.clicks("Allocate: First")
    somebody.sees("Allocated to Chemistry.")

    assert row_of(somebody, "First").get_by_label("Points", exact=True).input_value() == "0.75"
    assert typed.input_value() == "0.75"
    somebody.clicks("Allocate: Second")
    somebody.sees("Allocated to Hematology.")
    typed.press("Enter")
    somebody.sees("1 allocation changed.")
    share.refresh_from_db()
    assert str(share.points) == "0.75"
    assert sorted(Allocation.objects.values_list("credit__title", "area__code", "points")) == [
        ("First", "chemistry", Decimal("1.25")),
        ("Second", "hematology", Decimal("0.50")),
        ("Third", "chemistry", Decimal("0.75")),
    ]


def held(page, path):
    """Requests that wait until they are continued."""
    pending = []
    page.route(path, lambda route: pending.append(route))
    return pending


def test_whoever_types_in_another_row_before_the_answer_comes_goes_on_typing_there(person):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    for title in ("First", "Second"):
        CreditFactory(holder=cycle.holder, title=title, subjects=["chemistry", "hematology"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    pending = held(somebody.page, "**/allocate/")
    points = row_of(somebody, "Second").get_by_label("Points", exact=True)

    with somebody.page.expect_request("**/allocate/"):
        somebody.clicks("Allocate: First")
    points.fill("0.25")
    points.press("ArrowLeft")
    pending[0].continue_()
    somebody.sees("Allocated to Chemistry.")
    somebody.page.keyboard.type("7")

    expect(points).to_be_focused()
    assert points.input_value() == "0.275"


def test_whoever_moves_out_of_the_list_before_the_answer_comes_stays_there(person):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory(holder=cycle.holder, title="First", subjects=["chemistry"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    pending = held(somebody.page, "**/allocate/")
    elsewhere = somebody.page.get_by_role("link", name="ASCP credits").first

    with somebody.page.expect_request("**/allocate/"):
        somebody.clicks("Allocate: First")
    elsewhere.focus()
    pending[0].continue_()
    somebody.sees("Allocated to Chemistry.")

    expect(elsewhere).to_be_focused()


UNDER = """
    () => {
        const focus = document.activeElement.getBoundingClientRect();
        return focus.top < document.querySelector(".messages").getBoundingClientRect().bottom;
    }
"""


@pytest.mark.parametrize(("width", "height"), [(320, 225), (320, 640), (390, 660)], ids=["at 400 %", "narrow", "phone"])
def test_a_message_never_covers_the_focus_nor_most_of_the_window(person, width, height):
    """Given a list long enough to scroll, and an area whose name fills many lines."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    SubjectFactory(code="immunology")
    Area.objects.filter(code="rest").update(title="Laboratory specialty, immunology, molecular biology, management")
    last, *_others = CreditFactory.create_batch(5, holder=cycle.holder, subjects=["management"])
    somebody = person(width=width)
    somebody.page.set_viewport_size({"width": width, "height": height})
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")

    somebody.page.locator(f"#credit-{last.pk} button").last.press("Enter")
    somebody.page.locator(f"#credit-{last.pk}:focus").wait_for()

    assert somebody.page.locator(".messages").bounding_box()["height"] <= height / 2
    for _stop in range(16):
        somebody.page.keyboard.press("Shift+Tab")
        assert somebody.page.evaluate(UNDER) is False


def test_what_happened_is_read_out_from_a_status_that_was_there_before(person):
    """Given a screen reader, which seldom reads out a status that comes with its text."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory(holder=cycle.holder, title="Chemistry", subjects=["chemistry"])
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    status = somebody.page.get_by_role("status").element_handle()
    assert status.inner_text() == ""

    somebody.clicks("Allocate: Chemistry")
    somebody.sees("Allocated to Chemistry.")

    expect(somebody.page.get_by_role("status")).to_have_text("Allocated to Chemistry.")
    assert status.evaluate("(element) => element.isConnected")


def test_the_controls_of_a_row_are_grouped_under_its_credit(person):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory(holder=cycle.holder, title="Free", subjects=["chemistry"])
    AllocationFactory(cycle=cycle, credit__title="Allocated", points=1)
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")

    assert_grouped(somebody.page)
    somebody.page.get_by_role("group", name="Free", exact=True).get_by_label("Points").fill("1")
    somebody.clicks("Allocate: Free")
    somebody.sees("Allocated to Chemistry.")
    somebody.page.locator("li[id]:focus").wait_for()
    assert_grouped(somebody.page)


def assert_grouped(page):
    group = page.get_by_role("listitem", name="Free", exact=True).get_by_role("group", name="Free", exact=True)
    expect(group.get_by_role("combobox", name="Area")).to_be_visible()
    shares = page.get_by_role("list", name="Allocated", exact=True)
    expect(shares.get_by_role("button", name="Release")).to_be_visible()


def test_the_key_enter_in_a_share_returns_to_its_own_row(person):
    """Given two allocated credits; Enter presses the first button of the form, which is in the first row."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    for title in ("First", "Second"):
        AllocationFactory(cycle=cycle, credit__title=title, points=2)
    somebody = person()
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    last = somebody.page.locator(".rows > li[id]").last
    last.get_by_label("Points in").fill("1.5")

    last.get_by_label("Points in").press("Enter")
    somebody.sees("1 allocation changed.")

    expect(last).to_be_focused()


def test_without_javascript_what_is_typed_at_a_share_stays_when_another_credit_is_allocated(person):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    user = HolderUserFactory(holder=cycle.holder)
    CreditFactory(holder=cycle.holder, title="Free", subjects=["chemistry"], points=2)
    AllocationFactory(cycle=cycle, credit__title="Allocated", points=2)
    somebody = person(javascript=False)
    somebody.signs_in(user.email, PASSWORD)
    somebody.opens("/education/progress/")
    row_of(somebody, "Allocated").get_by_label("Points in").fill("1.5")

    somebody.clicks("Allocate: Free")
    somebody.sees("Allocated to Chemistry.")

    assert row_of(somebody, "Allocated").get_by_label("Points in").input_value() == "1.5"
