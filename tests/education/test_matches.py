"""Possible duplicates, as their holder sees and decides them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from education import actions
from education.models import Allocation, Credit, Match
from tests.education.pairs import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MatchFactory,
    MlsRequirementSetFactory,
    UserFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client, now):
    user = HolderUserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def pair(user):
    recorded = CreditFactory(holder=user.holder, self_recorded=True, title="Troponin at the bench")
    return MatchFactory(recorded=recorded, delivered__points=Decimal("1.00"))


def post(client, name, match):
    return client.post(reverse(f"education:{name}", args=[match.uuid]), follow=True)


def test_possible_duplicates_stand_beside_each_other(client, pair):
    AllocationFactory(credit=pair.recorded, cycle=CycleFactory(holder=pair.holder))

    (found,) = client.get(reverse("education:credits")).context["duplicates"].pairs

    assert [(side.label, side.text, side.use_text) for side in found.sides] == [
        ("You recorded", "County Hospital Laboratory · 8 February 2026 · 2 points", "Allocated."),
        ("Laboratory Education Network delivered", "Laboratory Education Network · 9 February 2026 · 1 point",
         "Not allocated yet."),
    ]  # fmt: skip
    assert found.reasons == "Completed a few days apart · Nearly the same title · The same points"


def test_possible_duplicates_are_shown_with_either_credit(client, pair):
    for credit in (pair.recorded, pair.delivered):
        page = client.get(reverse("education:credit", args=[credit.uuid]))

        assert [found.title for found in page.context["matches"].duplicates.pairs] == ["Troponin at the bench"]
        assert "They are different" in page.content.decode()


def test_possible_duplicates_are_none_of_somebody_else(client, user):
    MatchFactory()

    answer = client.get(reverse("education:credits"))

    assert answer.context["duplicates"].pairs == ()
    assert "Possible duplicates" not in answer.content.decode()


def test_staff_are_asked_about_their_own_possible_duplicates_alone(client, user):
    User.objects.filter(pk=user.pk).update(roles=[Role.HOLDER, Role.REGISTRAR])
    MatchFactory()

    assert client.get(reverse("education:credits")).context["duplicates"].pairs == ()


def test_possible_duplicates_come_ten_at_a_time(client, user):
    for _number in range(12):
        MatchFactory(holder=user.holder)

    duplicates = client.get(reverse("education:credits")).context["duplicates"]

    assert (len(duplicates.pairs), duplicates.more_text) == (10, "2 more pairs are waiting.")


@pytest.mark.parametrize("count", [1, 3])
def test_possible_duplicates_cost_the_same_however_many(client, user, count, django_assert_num_queries):
    for _number in range(count):
        MatchFactory(holder=user.holder)

    with django_assert_num_queries(8):
        client.get(reverse("education:credits"))


@pytest.mark.parametrize("count", [1, 3])
def test_duplicates_of_a_credit_cost_the_same_however_many(client, user, count, django_assert_num_queries):
    recorded = CreditFactory(holder=user.holder, self_recorded=True)
    for _number in range(count):
        MatchFactory(recorded=recorded)

    with django_assert_num_queries(12):
        client.get(reverse("education:credit", args=[recorded.uuid]))


def test_what_the_same_would_release_is_said_before(client, pair):
    AllocationFactory(credit=pair.recorded, cycle=CycleFactory(holder=pair.holder), points=Decimal("2.00"))

    (found,) = client.get(reverse("education:credits")).context["duplicates"].pairs

    assert found.effect_text == "As one credit, they have 1 point. Released from your allocation: 1 point."


def test_pair_that_can_not_be_matched_says_why(client, pair, now):
    cycle = CycleFactory(holder=pair.holder)
    AllocationFactory(credit=pair.delivered, cycle=cycle, points=Decimal("1.00"))
    declared(cycle, now)

    (found,) = client.get(reverse("education:credits")).context["duplicates"].pairs

    assert (found.same_url, bool(found.different_url)) == ("", True)
    assert found.effect_text.startswith("The delivered credit is part of a declaration.")


def test_the_same_leads_to_the_credit_that_is_left(client, pair):
    answer = post(client, "match", pair)

    assert words_of(answer) == ["Matched. It counts once, with its provider's details."]
    assert answer.redirect_chain[0][0] == reverse("education:credit", args=[pair.recorded.uuid])
    assert Credit.objects.count() == 1


def test_matched_credit_says_what_it_was(client, pair):
    answer = post(client, "match", pair)

    note = answer.context["matches"].note
    assert note.text == (
        "Matched with the credit that Laboratory Education Network delivered on 10 March 2026: you said they are"
        " the same."
    )
    assert (note.said_title, note.said_text) == (
        "Troponin at the bench", "County Hospital Laboratory · 8 February 2026 · 2 points",
    )  # fmt: skip
    assert "Undo the match" in answer.content.decode()


def test_match_by_the_board_says_so(client, pair, now):
    actions.match(match=pair, by=UserFactory(roles=[Role.REGISTRAR]), at=now)

    note = client.get(reverse("education:credit", args=[pair.recorded.uuid])).context["matches"].note

    assert note.text.endswith(": the Board decided they are the same.")


def test_match_by_itself_says_so(client, pair, now):
    actions.match(match=pair, by=UserFactory(), at=now)
    Match.objects.update(decided_by=None)

    note = client.get(reverse("education:credit", args=[pair.recorded.uuid])).context["matches"].note

    assert note.text == "Certain match with the credit that Laboratory Education Network delivered on 10 March 2026."


def test_match_that_was_declared_offers_no_undo(client, pair, now):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), holder=pair.holder)
    AllocationFactory(credit=pair.recorded, cycle=cycle, points=Decimal("1.00"))
    post(client, "match", pair)
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    answer = client.get(reverse("education:credit", args=[pair.recorded.uuid]))

    assert answer.context["matches"].note.undo_url == ""
    assert words_of(post(client, "unmatch", pair)) == [
        "This credit is part of a declaration and stays as it was declared."
    ]
    assert Allocation.objects.get().credit == pair.recorded


def test_different_leaves_nothing_to_ask(client, pair):
    answer = post(client, "mark_different", pair)

    assert words_of(answer) == ["Kept as two different credits."]
    assert answer.context["duplicates"].pairs == ()


def test_undoing_leads_to_the_recorded_credit(client, pair):
    post(client, "match", pair)

    answer = post(client, "unmatch", pair)

    assert words_of(answer) == ["The match was undone. These are two credits again."]
    assert answer.context["page"].title == "Troponin at the bench"
    assert Credit.objects.count() == 2


def test_undone_match_can_be_made_again_on_the_page_of_the_credit(client, pair):
    post(client, "match", pair)
    (found,) = post(client, "unmatch", pair).context["matches"].duplicates.pairs

    assert found.undone_text == "They were matched before. The match was undone on 10 March 2026."
    assert (bool(found.same_url), found.different_url) == (True, "")
    assert client.get(reverse("education:credits")).context["duplicates"].pairs == ()
    assert words_of(post(client, "match", pair)) == ["Matched. It counts once, with its provider's details."]


@pytest.mark.parametrize("name", ["match", "mark_different"])
def test_the_same_button_twice_has_one_effect(client, pair, name):
    answers = [words_of(post(client, name, pair)) for _time in range(2)]

    assert answers[0] == answers[1]


def test_decision_that_was_made_is_explained(client, pair):
    post(client, "mark_different", pair)

    assert words_of(post(client, "match", pair)) == ["This was already decided: Different. Check the page again."]
