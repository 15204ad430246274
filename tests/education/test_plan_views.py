"""The planning page: nothing is stored, and its results are the engine's."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from cmp_portal.lib.dates import longdate
from education.models import Allocation, Credit
from education.queries import Planned
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    SubjectFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    ActivityKindFactory(code="ce-course")
    SubjectFactory(code="chemistry")
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def plan(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    def visit(**asked):
        return client.get(reverse("education:plan", args=[cycle.pk]), asked)

    return visit


def page_of(answer):
    return answer.context["page"]


def earned(answer):
    return {line.where: line.points for line in page_of(answer).to_earn}


def course(cycle, subject="chemistry", points="2"):
    return f"{subject}~ce-course~{points}~{cycle.ends_on}"


def test_what_is_left_to_earn_adds_up_to_the_headline(plan, cycle):
    AllocationFactory(cycle=cycle, area__code="chemistry", credit__subjects=["chemistry"], points=2)

    answer = plan()

    assert sum(float(points) for points in earned(answer).values()) == 34
    assert page_of(answer).headline == f"You still need 34 points by {page_of(answer).to_earn[0].by}."


def test_who_has_enough_and_has_not_allocated_it_is_led_there(client, plan, cycle):
    for subject in ("chemistry", "hematology", "microbiology", "blood-banking", "safety", "ethics"):
        CreditFactory(holder=cycle.holder, subjects=[subject], points=6)

    answer = plan()

    assert page_of(answer).headline == "You have all you need."
    assert page_of(answer).suggest_url == reverse("education:suggestion", args=[cycle.pk])
    assert "They only need to be allocated" in answer.content.decode()


def test_fewer_points_than_on_check_progress_are_explained(client, plan, cycle):
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=3)
    progress = client.get(reverse("education:progress")).context["page"]

    answer = plan()

    assert progress.headline.startswith("You still need 36 points")
    assert page_of(answer).headline.startswith("You still need 33 points by ")
    assert page_of(answer).unallocated == (
        "This plan also counts 3 points that you have but have not allocated yet. Until you allocate them, Check"
        " Progress says that you still need 36 points."
    )
    assert page_of(answer).suggest_url == reverse("education:suggestion", args=[cycle.pk])


def test_nothing_is_explained_where_check_progress_says_the_same(plan, cycle):
    AllocationFactory(cycle=cycle, area__code="chemistry", credit__subjects=["chemistry"], points=2)

    assert (page_of(plan()).unallocated, page_of(plan()).suggest_url) == ("", "")


def test_credits_that_no_other_one_can_replace_are_named(plan, cycle):
    subjects = ("chemistry", "chemistry", "hematology", "microbiology", "blood-banking", "safety", "ethics")
    credits = {CreditFactory(holder=cycle.holder, subjects=[subject], points=6): subject for subject in subjects}

    lines = {line.value: line.note for line in page_of(plan()).droppable}

    assert {subject for credit, subject in credits.items() if lines[str(credit.pk)]} == {*subjects} - {"chemistry"}
    assert set(lines.values()) == {"", "No other credit can replace it."}


def test_nothing_is_irreplaceable_while_more_is_missing(plan, cycle):
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=6)

    assert [line.note for line in page_of(plan()).droppable] == [""]


def test_planned_course_is_taken_off(plan, cycle):
    answer = plan(course=course(cycle))

    assert page_of(answer).changes[0].after == "0"
    assert "Would count: Chemistry 2." in answer.content.decode()


def test_planned_course_that_fits_nowhere_says_why(plan, cycle):
    answer = plan(course=f"chemistry~ce-course~2~{cycle.ends_on.year + 1}-12-31")

    assert "the last day that counts" in page_of(answer).planned[0].sentence
    assert page_of(answer).changes == ()


@pytest.fixture
def plan_of(client, now):
    """The plan of a cycle of some kind, for its holder."""
    ActivityKindFactory(code="ce-course")
    SubjectFactory(code="chemistry")

    def visit(cycle, **asked):
        client.force_login(HolderUserFactory(holder=cycle.holder))
        return client.get(reverse("education:plan", args=[cycle.pk]), asked)

    return visit


def test_voluntary_cycle_is_planned_until_its_end_and_not_until_today(plan_of):
    cycle = CycleFactory(voluntary=True, requirement_set=MlsRequirementSetFactory())

    answer = plan_of(cycle, course=course(cycle))

    assert {line.by for line in page_of(answer).to_earn} == {longdate(cycle.ends_on)}
    assert "Would count: Chemistry 2." in answer.content.decode()


def test_expired_cycle_has_no_last_day_to_plan_by(plan_of, today):
    cycle = CycleFactory(ended=True, requirement_set=MlsRequirementSetFactory())

    answer = plan_of(cycle)

    assert page_of(answer).headline == "You still need 36 points."
    assert {line.by for line in page_of(answer).to_earn} == {""}
    assert answer.context["form"].initial["on"] == today


def test_course_ahead_counts_for_whoever_is_expired(plan_of, today):
    cycle = CycleFactory(ended=True, requirement_set=MlsRequirementSetFactory())

    answer = plan_of(cycle, course=f"chemistry~ce-course~2~{today + timedelta(days=60)}")

    assert page_of(answer).headline == "With this plan you still need 34 points; right now you still need 36 points."
    assert "Would count: Chemistry 2." in answer.content.decode()


def test_credit_left_out_is_missing(plan, cycle):
    share = AllocationFactory(cycle=cycle, area__code="chemistry", credit__subjects=["chemistry"], points=2)

    answer = plan(without=share.credit_id)

    change = page_of(answer).changes[0]
    assert (change.area, change.before, change.after) == ("Chemistry", "0", "2")
    assert page_of(answer).droppable[0].is_dropped


def test_credit_left_out_stays_in_view_even_if_another_replaces_it(plan, cycle):
    share = AllocationFactory(
        cycle=cycle, area__code="chemistry", credit__subjects=["chemistry"], credit__points=36, points=36
    )
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=36)

    answer = plan(without=share.credit_id)

    assert page_of(answer).changes == ()
    opened = re.compile(r'<details class="panel"\s+open>')
    assert opened.search(answer.content.decode()) and not opened.search(plan().content.decode())


def test_course_of_the_form_joins_the_plan(plan, cycle):
    answer = plan(add="1", subject="chemistry", kind="ce-course", points="1.5", on=str(cycle.ends_on))

    assert [one.value for one in page_of(answer).planned] == [f"chemistry~ce-course~1.5~{cycle.ends_on}"]


def test_day_that_is_proposed_is_one_that_browsers_show_in_spanish_too(client, plan, cycle):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"

    assert f'type="date" name="on" value="{cycle.ends_on}"' in plan().content.decode()


def test_form_says_what_is_wrong_and_keeps_the_plan(plan, cycle):
    answer = plan(add="1", subject="chemistry", kind="ce-course", points="lots", on="", course=course(cycle))

    assert answer.status_code == 422
    assert len(page_of(answer).planned) == 1
    assert set(answer.context["form"].errors) == {"points", "on"}


@pytest.mark.parametrize(
    "text",
    ["", "~~~", "a~b~c~d", "chemistry~ce-course~-1~2026-01-01", "chemistry~ce-course~NaN~2026-01-01",
     "chemistry~ce-course~1e999~2026-01-01", "chemistry~ce-course~1~2026-02-30", "x~y~1~2026-01-01~z",
     "chemistry~ce-course~99999~2026-01-01", "\x00~\x00~1~2026-01-01"],
)  # fmt: skip
def test_address_nobody_wrote_is_no_plan(plan, text):
    assert plan(course=text, without="x", at=text).status_code == 200


def test_what_is_planned_reads_as_it_was_written():
    text = "chemistry~ce-course~1.5~2026-03-31"

    assert str(Planned.read(text)) == text


def test_no_more_courses_than_make_sense(plan, cycle):
    answer = plan(course=[course(cycle, points=str(number)) for number in range(1, 40)])

    assert (len(page_of(answer).planned), page_of(answer).has_room) == (12, False)


def test_planning_changes_nothing(plan, cycle):
    before = Credit.objects.count(), Allocation.objects.count()

    plan(course=course(cycle))

    assert (Credit.objects.count(), Allocation.objects.count()) == before


@pytest.mark.parametrize("credits", [1, 3, 100])
def test_the_page_asks_the_same_number_of_questions(plan, cycle, django_assert_num_queries, credits):
    CreditFactory.create_batch(credits, holder=cycle.holder, subjects=["chemistry"])
    plan()

    with django_assert_num_queries(10):
        answer = plan(course=course(cycle))
    assert len(page_of(answer).droppable) == min(credits, 60)


def test_the_total_is_not_taken_for_all_that_is_missing(plan, cycle):
    CreditFactory(holder=cycle.holder, subjects=["management"], points=26)

    page = page_of(plan(course=course(cycle, points="10")))

    assert page.headline.startswith("With this plan you still need 8 points by ")
    assert [(change.area, change.after) for change in page.changes] == [("Chemistry", "0"), ("Total of 36 points", "0")]


def test_a_course_that_is_of_no_use_is_not_told_to_be_allocated(plan, cycle):
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=36)

    page = page_of(plan(course=course(cycle)))

    assert [line.sentence for line in page.planned] == ["Not used: it would not reduce what you still need."]
