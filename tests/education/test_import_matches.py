"""Matching of delivered credits with those that holders have recorded."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from declarations.models import Declaration
from education import actions
from education.actions.merging import said_of
from education.enums import MatchState
from education.models import Allocation, Credit, CycleStatus, Match, Provider
from tests.education.feeds import DAY, LINE, ascp_with_reference, deliver_from, everything, recorded_of
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderFactory,
    HolderUserFactory,
)
from tests.importing import counts


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def user(ascp):
    return HolderUserFactory(holder=HolderFactory(customer_number="100"))


@pytest.fixture
def holder(user):
    return user.holder


@pytest.fixture
def recorded(holder):
    return recorded_of(holder)


@pytest.fixture
def deliver(ascp, tmp_path):
    return deliver_from(tmp_path)


# --- Certain ----------------------------------------------------------------------------------------------------------


def test_delivered_line_becomes_the_recorded_credit(deliver, ascp, recorded, now):
    outcome = deliver(LINE)

    credit = Credit.objects.get()
    assert outcome.counts == counts(accepted=1)
    assert (credit.pk, credit.uuid) == (recorded.pk, recorded.uuid)
    assert (credit.provider, credit.external_id, credit.provider_name) == (ascp, "A-1", "")
    assert (credit.title, credit.kind.code, credit.subjects, credit.unit, credit.corrected_at) == (
        "Troponin in practice", "ce-course", ["chemistry", "safety"], "points", now,
    )  # fmt: skip


def test_match_keeps_what_the_holder_had_said(deliver, ascp, recorded, now):
    deliver(LINE)

    match = Match.objects.get()
    assert (match.holder, match.recorded, match.delivered) == (recorded.holder, recorded, None)
    assert (match.provider, match.external_id) == (ascp, "A-1")
    assert (match.state, match.decided_at, match.decided_by) == (MatchState.MATCHED, now, None)
    assert (match.reasons, match.similarity) == (["same_day", "same_title", "same_points"], 1)
    assert match.said == said_of(recorded)


def test_shares_and_documents_stay_with_a_matched_credit(deliver, recorded):
    share = AllocationFactory(credit=recorded)
    document = EvidenceFactory(credit=recorded)

    deliver(LINE)

    assert (Allocation.objects.get(), Allocation.objects.get().points) == (share, share.points)
    assert recorded.evidence.get() == document


def test_match_brings_the_standing_up_to_date(deliver, recorded, now):
    AllocationFactory(credit=recorded)

    deliver(LINE)

    assert CycleStatus.objects.get().computed_at == now


def test_match_changes_nothing_that_was_declared(deliver, recorded, now):
    share = AllocationFactory(credit=recorded)
    declaration = DeclarationFactory(cycle=share.cycle)
    share.cycle.declared_on, share.cycle.shares_frozen_at = now.date(), now
    share.cycle.save()

    deliver(LINE)

    recorded.refresh_from_db()
    assert (recorded.external_id, Allocation.objects.get().points) == ("A-1", share.points)
    assert Declaration.objects.get() == declaration


def test_match_is_told_once(deliver, recorded, holder):
    deliver(LINE)

    title = "ASCP delivered “Troponin in practice”, which was matched with the credit you recorded"
    assert list(holder.alerts.values_list("kind", "title")) == [(AlertKind.CREDIT_MATCHED, title)]


def test_many_matches_are_told_together(deliver, recorded, holder):
    recorded_of(holder, title="Sharps and what follows", completed_on=DAY - timedelta(days=60))

    deliver(LINE, "A-2,100,Sharps and what follows,ce-course,safety,2025-12-03,2")

    alert = holder.alerts.get()
    assert alert.title == "ASCP delivered 2 credits, which were matched with credits you recorded"
    assert alert.body.startswith("Each counts once, and your allocation stays.")


@pytest.mark.parametrize("completed_on", ["2026-02-01", "2026-02-02"])
def test_long_titles_fit_an_alert(deliver, ascp, recorded, holder, completed_on):
    Provider.objects.filter(pk=ascp.pk).update(title="p" * 160)
    Credit.objects.filter(pk=recorded.pk).update(title="Troponin " * 30)

    deliver(f"A-1,100,{'Troponin ' * 30},ce-course,chemistry;safety,{completed_on},2")

    alert = holder.alerts.get(kind=AlertKind.CREDIT_MATCHED)
    assert len(alert.title) <= 200 and alert.title.endswith(("the credit you recorded", "Did you already record it?"))


def test_match_says_in_the_history_where_it_came_from(deliver, recorded):
    deliver(LINE)

    last = Credit.pgh_event_model.objects.order_by("-pgh_id").first()
    assert last.pgh_context.metadata == {"command": "import_credits", "reason": "import of ascp.csv"}


def test_last_line_of_a_file_is_the_one_that_is_compared(deliver, recorded):
    outcome = deliver(LINE.replace(",2026-02-01,2", ",2026-02-01,3"), LINE)

    assert outcome.counts == counts(accepted=1, corrected=1)
    assert Match.objects.get().state == MatchState.MATCHED


def test_correction_of_a_matched_credit_cuts_its_shares(deliver, recorded):
    AllocationFactory(credit=recorded)
    deliver(LINE)

    outcome = deliver(LINE.replace(",2026-02-01,2", ",2026-02-01,1.5"))

    recorded.refresh_from_db()
    assert (outcome.counts, recorded.points, Allocation.objects.get().points) == (
        counts(corrected=1), Decimal("1.50"), Decimal("1.50"),
    )  # fmt: skip
    assert "ASCP corrected this credit" in Alert.objects.get(kind=AlertKind.SHARES_RELEASED).body


# --- Doubtful ---------------------------------------------------------------------------------------------------------

DOUBTFUL = {
    "other points": (LINE.replace(",2026-02-01,2", ",2026-02-01,1.5"), "same_day same_title other_points"),
    "another day": (LINE.replace("2026-02-01", "2026-02-08"), "near_day same_title same_points"),
    "a shorter title": (LINE.replace("Troponin in practice", "Troponin"), "same_day similar_title same_points"),
    "another part": (
        LINE.replace("practice", "practice 2"),
        "same_day same_title same_points other_numbering",
    ),
}


@pytest.mark.parametrize(("line", "reasons"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubtful_line_is_posted_and_asked_about(deliver, recorded, line, reasons):
    outcome = deliver(line)

    match, posted = Match.objects.get(), Credit.objects.exclude(pk=recorded.pk).get()
    assert outcome.counts == counts(accepted=1)
    assert (match.state, match.recorded, match.delivered, match.said) == (MatchState.DOUBTFUL, recorded, posted, None)
    assert " ".join(match.reasons) == reasons


def test_doubtful_line_of_the_same_provider_needs_no_title(deliver, recorded):
    Credit.objects.update(provider_name="ASCP", title="Webinar on cardiac markers")

    deliver(LINE)

    assert " ".join(Match.objects.get().reasons) == "same_day other_title similar_provider same_points"


ASKED = (AlertKind.CREDIT_MATCHED, "ASCP delivered “Troponin in practice”. Did you already record it?")


def test_doubtful_pair_is_told_once(deliver, recorded, holder):
    deliver(LINE.replace("2026-02-01", "2026-02-02"))

    assert list(holder.alerts.values_list("kind", "title")) == [ASKED]


def test_beside_a_doubtful_pair_the_other_lines_are_told(deliver, recorded, holder):
    deliver(
        LINE.replace("2026-02-01", "2026-02-02"), LINE.replace("A-1", "A-2").replace("2026-02-01,2", "2024-09-01,1")
    )

    assert set(holder.alerts.values_list("kind", "title")) == {
        (AlertKind.CREDIT_POSTED, "ASCP posted “Troponin in practice” (1 point)"), ASKED,
    }  # fmt: skip


def rivals():
    """Which pairs are asked about because there is more than one possibility."""
    rows = Match.objects.filter(state=MatchState.DOUBTFUL, reasons__contains=["several_candidates"])
    return sorted(rows.values_list("recorded", "external_id"))


def test_line_that_may_be_either_of_two_is_asked_about(deliver, recorded, holder):
    other = recorded_of(holder)

    deliver(LINE)

    assert rivals() == [(recorded.pk, "A-1"), (other.pk, "A-1")]


def test_credit_that_may_be_either_of_two_lines_is_asked_about(deliver, recorded):
    deliver(LINE, LINE.replace("A-1", "A-2"))

    assert rivals() == [(recorded.pk, "A-1"), (recorded.pk, "A-2")]


def test_credit_that_is_asked_about_is_not_matched_meanwhile(deliver, recorded):
    deliver(LINE.replace("2026-02-01", "2026-02-02"))

    deliver(LINE.replace("A-1", "A-2"))

    assert rivals() == [(recorded.pk, "A-2")]


def test_certain_pair_leaves_no_doubt_about_others(deliver, recorded, holder):
    other = recorded_of(holder, points=Decimal("1.00"))

    deliver(LINE, LINE.replace("A-1", "A-2").replace(",2026-02-01,2", ",2026-02-01,3"))

    assert sorted(Match.objects.values_list("recorded", "external_id", "state")) == [
        (recorded.pk, "A-1", MatchState.MATCHED), (other.pk, "A-2", MatchState.DOUBTFUL),
    ]  # fmt: skip
    assert rivals() == []


def test_parts_of_a_series_find_each_other(deliver, holder):
    parts = [recorded_of(holder, title=f"Laboratory safety, part {number}") for number in ("I", "II")]

    deliver(*(f"A-{n},100,Laboratory safety - Part {n},ce-course,safety,2026-02-01,2" for n in ("II", "I")))

    assert set(Match.objects.values_list("recorded", "external_id", "state")) == {
        (parts[0].pk, "A-I", MatchState.MATCHED), (parts[1].pk, "A-II", MatchState.MATCHED),
    }  # fmt: skip


def test_weekly_course_is_not_doubted_every_week(deliver, holder):
    weeks = [recorded_of(holder, title="Case conference", completed_on=DAY + timedelta(days=7 * n)) for n in range(3)]

    deliver(*(f"A-{n},100,Case conference,ce-course,chemistry,{each.completed_on},2" for n, each in enumerate(weeks)))

    assert list(Match.objects.order_by("external_id").values_list("recorded", "external_id", "state")) == [
        (each.pk, f"A-{n}", MatchState.MATCHED) for n, each in enumerate(weeks)
    ]


# --- Different --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"completed_on": DAY - timedelta(days=8)},
        {"title": "Ethics at the bench"},
        {"withdrawn": True},
        {"self_recorded": False},
        {"holder": None},
    ],
    ids=["too early", "another title", "withdrawn", "delivered itself", "somebody else's"],
)
def test_other_credit_is_left_alone(deliver, holder, fields):
    if "holder" in fields:
        fields = {"holder": HolderFactory()}
    CreditFactory(**{"holder": holder, "self_recorded": True, "title": "Troponin", "completed_on": DAY, **fields})

    outcome = deliver(LINE)

    assert (outcome.counts, Credit.objects.count(), Match.objects.count()) == (counts(accepted=1), 2, 0)


# --- Again and again --------------------------------------------------------------------------------------------------

AGAIN = {
    "certain": [LINE],
    "doubtful": [LINE.replace("2026-02-01", "2026-02-02")],
    "several": [LINE, LINE.replace("A-1", "A-2")],
    "mixed": [LINE, "A-2,100,Sharps and spills,ce-course,safety,2026-02-01,1"],
}


@pytest.mark.parametrize("lines", AGAIN.values(), ids=AGAIN)
def test_the_same_feed_again_changes_nothing(deliver, recorded, lines):
    deliver(*lines)
    before = everything()

    outcomes = [deliver(*lines).counts for _time in range(2)]

    assert outcomes == [counts(duplicate=len(lines))] * 2
    assert everything() == before


@pytest.mark.parametrize("decide", [actions.match, actions.mark_different])
def test_the_same_feed_after_a_decision_changes_nothing(deliver, recorded, user, now, decide):
    line = LINE.replace("2026-02-01", "2026-02-02")
    deliver(line)
    decide(match=Match.objects.get(), by=user, at=now)
    before = everything()

    assert deliver(line).counts == counts(duplicate=1)
    assert everything() == before


def test_the_same_feed_after_an_undone_match_changes_nothing(deliver, recorded, user, now):
    deliver(LINE)
    actions.unmatch(match=Match.objects.get(), by=user, at=now)
    before = everything()

    assert deliver(LINE).counts == counts(duplicate=1)
    assert everything() == before


def test_correction_after_an_undone_match_reaches_the_delivered_credit(deliver, recorded, user, now):
    deliver(LINE)
    actions.unmatch(match=Match.objects.get(), by=user, at=now)

    deliver(LINE.replace(",2026-02-01,2", ",2026-02-01,3"))

    assert sorted(Credit.objects.values_list("external_id", "points"), key=str) == [
        ("A-1", Decimal("3.00")), (None, Decimal("2.00")),
    ]  # fmt: skip
