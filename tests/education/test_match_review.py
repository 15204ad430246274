"""The Board's queue of possible duplicates."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.dates import longdate
from education import actions
from education.enums import MatchState
from education.models import Credit, Match
from tests.education.pairs import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    MatchFactory,
    MlsRequirementSetFactory,
    UserFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(client, now):
    user = UserFactory(roles=[Role.REGISTRAR])
    client.force_login(user)
    return user


@pytest.fixture
def pair(now):
    recorded = CreditFactory(self_recorded=True, title="Troponin at the bench", subjects=["chemistry", "safety"])
    return MatchFactory(recorded=recorded, delivered__points=Decimal("1.00"), delivered__external_id="LE-1")


def page_of(client, match):
    return client.get(reverse("admin:education_match_change", args=[match.pk]))


def decide(client, match, wanted):
    return client.post(reverse("admin:education_match_decide", args=[match.pk, wanted]), follow=True)


def test_queue_has_the_waiting_first_and_the_oldest_on_top(client, registrar, pair, now):
    older = MatchFactory(created_at=now - timedelta(days=1))
    decided = MatchFactory(created_at=now - timedelta(days=2))
    actions.mark_different(match=decided, by=registrar, at=now)

    answer = client.get(reverse("admin:education_match_changelist"))

    assert list(answer.context["cl"].queryset) == [older, pair, decided]


def test_queue_leaves_out_what_needs_no_decision(client, registrar, pair, now):
    Credit.objects.filter(pk=pair.recorded.pk).update(withdrawn_at=now)

    answer = client.get(reverse("admin:education_match_changelist"))

    assert list(answer.context["cl"].queryset) == []


def test_both_credits_are_compared_line_by_line(client, registrar, pair):
    AllocationFactory(credit=pair.recorded, cycle=CycleFactory(holder=pair.holder))
    EvidenceFactory(credit=pair.delivered)

    page = page_of(client, pair).context["page"]

    assert [(line.label, line.recorded, line.delivered) for line in page.lines] == [
        ("Title", "Troponin at the bench", "Troponin at the bench"),
        ("Provider", "County Hospital Laboratory", "Laboratory Education Network (LE-1)"),
        ("Completed on", "8 February 2026", "9 February 2026"),
        ("Kind of activity", pair.recorded.kind.title, pair.recorded.kind.title),
        ("Subjects", "chemistry, safety", "chemistry"),
        ("Points", "2", "1"),
        ("Allocated to", page.lines[6].recorded, "-"),
    ]
    assert page.lines[6].recorded.endswith(" (2)")
    assert [document.name for document in page.documents] == ["certificate.pdf"]


def test_what_was_said_is_compared_once_matched(client, registrar, pair):
    answer = decide(client, pair, "matched")

    points = next(line for line in answer.context["page"].lines if line.label == "Points")
    assert (points.recorded, points.delivered) == ("2", "1")
    assert answer.context["page"].decided_text == f"Decided on 10 March 2026 by {registrar}."


def test_match_by_itself_is_nobodys_decision(client, registrar, pair):
    decide(client, pair, "matched")
    Match.objects.update(decided_by=None)

    assert page_of(client, pair).context["page"].decided_text == "Matched automatically on 10 March 2026."


def test_one_credit_that_is_gone_leaves_its_column_empty(client, registrar, pair):
    other = MatchFactory(delivered=pair.delivered)
    decide(client, pair, "matched")

    lines = page_of(client, other).context["page"].lines

    assert {line.delivered for line in lines} == {"-"}


@pytest.mark.parametrize(
    ("decisions", "state", "told", "left"),
    [
        (["matched"], MatchState.MATCHED, "is now one credit", ["Undo the match"]),
        (["different"], MatchState.DIFFERENT, "remains two credits", []),
        (["matched", "undone"], MatchState.UNDONE, "is two credits again", ["They are the same"]),
        (["matched", "undone", "matched"], MatchState.MATCHED, "is now one credit", ["Undo the match"]),
    ],
)
def test_registrar_decides(client, registrar, pair, decisions, state, told, left):
    for wanted in decisions:
        answer = decide(client, pair, wanted)

    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == (state, registrar)
    assert words_of(answer)[-1] == f"“{pair.recorded.title}” {told}, and the holder was notified."
    assert [decision.label for decision in answer.context["page"].decisions] == left


def effects_of(client, match):
    return {one.label: one.effect for one in page_of(client, match).context["page"].decisions}


def test_page_says_what_each_decision_would_do(client, registrar, pair):
    cycle = CycleFactory(holder=pair.holder, requirement_set=MlsRequirementSetFactory())
    AllocationFactory(credit=pair.recorded, cycle=cycle, points=Decimal("2.00"))

    same, different = effects_of(client, pair).values()

    place = f"MLS(ASCP), cycle until {longdate(cycle.ends_on)}: Chemistry"
    assert same.text.endswith("Its points: 1 point instead of 2 points.")
    assert [(one.place, one.now, one.after) for one in same.shares] == [(place, "2", "1")]
    assert same.sum_text == "Released from the allocation: 1 point."
    assert (different.shares, different.sum_text) == ((), "")


def test_page_says_what_stays_as_it_was_signed(client, registrar, pair, now):
    cycle = CycleFactory(holder=pair.holder)
    AllocationFactory(credit=pair.recorded, cycle=cycle, points=Decimal("2.00"))
    declared(cycle, now)

    same = effects_of(client, pair)["They are the same"]

    assert [(one.now, one.after) for one in same.shares] == [("2", "2, as it was signed")]
    assert same.sum_text == "Nothing is released from the allocation."


def test_match_that_would_be_refused_has_the_reason_instead_of_a_button(client, registrar, pair, now):
    cycle = CycleFactory(holder=pair.holder)
    AllocationFactory(credit=pair.delivered, cycle=cycle, points=Decimal("1.00"))
    declared(cycle, now)

    page = page_of(client, pair).content.decode()

    assert "The delivered credit is part of a declaration." in page
    assert reverse("admin:education_match_decide", args=[pair.pk, "matched"]) not in page


def test_undoing_that_would_be_refused_has_the_reason_instead_of_a_button(client, registrar, pair, now):
    cycle = CycleFactory(holder=pair.holder)
    AllocationFactory(credit=pair.recorded, cycle=cycle, points=Decimal("1.00"))
    decide(client, pair, "matched")
    declared(cycle, now)

    assert effects_of(client, pair)["Undo the match"].why_not.startswith("This credit is part of a declaration")


def test_page_says_what_undoing_would_do(client, registrar, pair):
    decide(client, pair, "matched")

    undoing = effects_of(client, pair)["Undo the match"]

    assert "the recorded one (2 points), which keeps the allocation, and the provider's (1 point)" in undoing.text
    assert undoing.sum_text == "Nothing is allocated."


def test_decision_that_is_refused_is_explained(client, registrar, pair):
    decide(client, pair, "different")

    assert words_of(decide(client, pair, "matched")) == ["This was already decided: Different. Check the page again."]


@pytest.mark.parametrize("wanted", ["doubtful", "maybe"])
def test_decision_that_does_not_exist_is_refused(client, registrar, pair, wanted):
    assert decide(client, pair, wanted).status_code == 403


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_look_and_decide_nothing(client, pair, role):
    client.force_login(UserFactory(roles=[role]))

    assert page_of(client, pair).context["page"].decisions == ()
    assert decide(client, pair, "matched").status_code == 403


def test_registrar_decides_nothing_about_their_own(client, pair):
    client.force_login(HolderUserFactory(holder=pair.holder, roles=[Role.REGISTRAR]))

    assert page_of(client, pair).context["page"].decisions == ()
    assert decide(client, pair, "matched").status_code == 403


def test_holder_and_nobody_are_kept_out(client, pair):
    assert "/login/" in decide(client, pair, "matched").redirect_chain[0][0]

    client.force_login(HolderUserFactory(holder=pair.holder))

    assert decide(client, pair, "matched").status_code == 403
    pair.refresh_from_db()
    assert pair.state == MatchState.DOUBTFUL


@pytest.mark.parametrize("key", ["0", "x"])
def test_match_that_does_not_exist_is_not_found(client, registrar, key):
    assert client.get(f"/admin/education/match/{key}/change/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queue_costs_the_same_however_long(client, registrar, count, django_assert_num_queries):
    for _number in range(count):
        MatchFactory()

    with django_assert_num_queries(5):
        client.get(reverse("admin:education_match_changelist"))
