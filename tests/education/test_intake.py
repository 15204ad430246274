"""A provider's messages in any order: timestamps, withdrawals, names, approvals, and the Board's corrections."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from cmp_portal.lib.feeds.sources import UnusableFile
from education.actions import intake
from education.actions.corrections import as_it_is, correct
from education.actions.intake import Result, receiving
from education.models import Allocation, Credit, IntakeBatch, IntakeChunk, IntakeRow
from tests.education.feeds import ascp_with_reference
from tests.education.sending import send_to
from tests.factories import AllocationFactory, CreditFactory, HolderFactory, UserFactory


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(ascp):
    return HolderFactory(customer_number="100", last_name="Núñez-Blaas", birth_month=4)


@pytest.fixture
def send(ascp, now):
    """Takes in rows as a program does; each row is GOOD but for what it says."""

    return lambda *rows, **named: send_to(ascp, *rows, **{"at": now, **named})


def outcomes(receipt):
    return [result.outcome for result in intake.results_of(receipt.batch)]


def moment(hour):
    return f"2026-03-01T{hour:02}:00:00Z"


# --- Receipts ---------------------------------------------------------------------------------------------------------


def test_every_row_has_its_result(send, holder):
    receipt = send({}, {"points": -1}, {"external_id": "A-2", "customer_number": "999"}, {}, {"points": 3})

    assert list(intake.results_of(receipt.batch)) == [
        Result(1, "accepted"),
        Result(2, "rejected", "unreadable", "points: “-1” is not greater than 0"),
        Result(3, "unmatched", "no_holder", "customer_number: no holder has “999”"),
        Result(4, "duplicate"),
        Result(5, "corrected"),
    ]


def test_the_same_digest_again_changes_nothing(send, holder):
    first = send({}, {"external_id": "A-2", "points": 0})
    again = send({}, {"external_id": "A-2", "points": 0})

    assert (first.batch, outcomes(first)) == (again.batch, ["accepted", "rejected"])
    assert (again.counts.duplicate, again.counts.rejected, again.batch.accepted) == (1, 1, 1)
    assert (IntakeBatch.objects.count(), IntakeChunk.objects.count(), IntakeRow.objects.count()) == (1, 1, 1)


def test_feed_goes_on_where_it_was_cut_off(send, ascp, now, monkeypatch):
    monkeypatch.setattr(receiving, "CHUNK", 2)
    for number in range(100, 106):
        HolderFactory(customer_number=str(number))
    rows = [{"external_id": f"A-{n}", "customer_number": str(n)} for n in range(105, 99, -1)]
    take, taken = receiving._take, []

    def cut_off(batch, chunk, *rest, **options):
        if taken and len(taken) == 2:
            raise KeyboardInterrupt
        taken.append(chunk)
        return take(batch, chunk, *rest, **options)

    monkeypatch.setattr(receiving, "_take", cut_off)
    with pytest.raises(KeyboardInterrupt):
        send(*rows)
    half = IntakeBatch.objects.get()
    assert (half.accepted, half.ended_at, half.expected, Credit.objects.count()) == (4, None, 6, 4)
    taken.clear()
    monkeypatch.setattr(receiving, "_take", lambda *values, **named: taken.append(values[1]) or take(*values, **named))

    receipt = send(*rows)

    assert taken == [2]
    assert (receipt.counts.accepted, receipt.batch.accepted, Credit.objects.count()) == (6, 6, 6)
    assert receipt.batch.ended_at is not None


def test_lines_of_a_holder_are_told_together_whatever_their_order(send, holder, monkeypatch):
    monkeypatch.setattr(receiving, "CHUNK", 2)
    HolderFactory(customer_number="200")

    send(*({"external_id": f"A-{n}", "customer_number": "100" if n % 2 else "200"} for n in range(8)))

    assert [(alert.holder.customer_number, alert.title) for alert in Alert.objects.order_by("holder")] == [
        ("100", "ASCP posted 4 credits (8 points)"),
        ("200", "ASCP posted 4 credits (8 points)"),
    ]
    assert set(Alert.objects.values_list("body", flat=True)) == {
        "They are in your record. Allocate them to requirements under Check Progress."
    }


# --- The provider's moments -------------------------------------------------------------------------------------------


def test_the_latest_word_wins_in_whatever_order_it_comes(send, holder):
    words = [
        {"updated_at": moment(1), "points": 1},
        {"updated_at": moment(2), "points": 2},
        {"updated_at": moment(3), "points": 1},
        {"updated_at": moment(4), "status": "withdrawn"},
        {"updated_at": moment(5), "points": 5},
    ]
    for order in list(permutations(words))[::7]:
        Credit.objects.filter(external_id="A-1").update(external_id="done", title=f"{Credit.objects.count()}")
        Credit.objects.filter(external_id="done").update(external_id=None, provider=None, provider_name="x")
        for word in order:
            send(word | {"title": f"Troponin {len(order)}"}, name="one by one")
            IntakeBatch.objects.update(sha256=hashlib.sha256(repr((order, word)).encode()).hexdigest(), chunk_lines=0)
        credit = Credit.objects.get(external_id="A-1")
        assert (credit.points, credit.withdrawn_at, credit.provider_updated_at) == (
            Decimal(5), None, datetime(2026, 3, 1, 5, tzinfo=UTC),
        )  # fmt: skip


def test_an_older_word_is_a_duplicate(send, holder):
    send({"updated_at": moment(2), "points": 3})

    assert outcomes(send({"updated_at": moment(1), "points": 1})) == ["duplicate"]
    assert outcomes(send({"points": 1})) == ["duplicate"]
    assert Credit.objects.get().points == 3


def test_a_later_word_is_remembered_though_it_says_the_same(send, holder):
    send({"updated_at": moment(1)})
    assert outcomes(send({"updated_at": moment(3)})) == ["duplicate"]

    assert outcomes(send({"updated_at": moment(2), "points": 9})) == ["duplicate"]
    assert Credit.objects.get().points == 2


def test_two_words_of_one_moment_contradict_each_other(send, holder):
    receipt = send({"updated_at": moment(1)}, {"updated_at": moment(1), "points": 9})
    later = send({"updated_at": moment(1), "points": 8})

    assert outcomes(receipt) == ["accepted", "rejected"]
    assert list(intake.results_of(later.batch)) == [
        Result(1, "rejected", "contradiction", "updated_at: another line with the same time says something different")
    ]


# --- Withdrawals ------------------------------------------------------------------------------------------------------


def test_a_withdrawal_needs_no_more_than_the_identifier(send, holder):
    credit = AllocationFactory(
        credit=CreditFactory(holder=holder, provider=ascp_with_reference(), external_id="A-1")
    ).credit

    nothing = dict.fromkeys(("title", "kind", "subjects", "completed_on", "points"))
    receipt = send(nothing | {"status": "withdrawn"})

    credit.refresh_from_db()
    assert outcomes(receipt) == ["corrected"]
    assert (credit.withdrawn_at is not None, credit.title != "", Allocation.objects.count()) == (True, True, 0)
    assert Alert.objects.get(kind=AlertKind.SHARES_RELEASED).body == (
        "ASCP withdrew this credit. The points allocated from it were released."
    )


def test_a_withdrawn_credit_may_come_before_it_was_posted(send, holder):
    send({"status": "withdrawn", "updated_at": moment(2)})

    assert outcomes(send({"updated_at": moment(1)})) == ["duplicate"]
    assert Credit.objects.get().withdrawn_at is not None
    assert not Alert.objects.exists()


def test_nothing_of_an_unknown_credit_is_withdrawn(send, holder):
    receipt = send({"status": "withdrawn", "title": ""})

    told = (
        "external_id: nothing was posted with this identifier before, so there is nothing to withdraw; check the"
        " identifier, or send the withdrawal with all fields"
    )
    assert [(one.outcome, one.reason) for one in intake.results_of(receipt.batch)] == [("rejected", told)]


def test_a_withdrawn_credit_may_come_back(send, holder):
    send({"updated_at": moment(1)})
    send({"updated_at": moment(2), "status": "withdrawn"})

    assert outcomes(send({"updated_at": moment(3)})) == ["corrected"]
    assert Credit.objects.get().withdrawn_at is None


# --- The Board's word -------------------------------------------------------------------------------------------------


def corrected_by_the_board(at, **changes):
    credit = Credit.objects.get()
    now_said = as_it_is(credit, withdrawn=False)
    return correct(credit=credit, correction=type(now_said)(**(vars(now_said) | changes)), at=at)


@pytest.mark.parametrize("changes", [{"points": Decimal(5)}, {"withdrawn": True}], ids=["points", "not theirs"])
@pytest.mark.parametrize("said", [{}, {"updated_at": moment(1)}], ids=["no moment", "older moment"])
def test_a_replay_does_not_undo_what_the_board_decided(send, holder, now, changes, said):
    send(said)
    corrected_by_the_board(now, **changes)
    before = Credit.objects.values().get()

    assert send(said).counts.duplicate == 1
    assert outcomes(send(said | {"points": 3})) == ["duplicate"]
    assert Credit.objects.values().get() == before


def test_the_provider_may_correct_after_the_board(send, holder, now):
    send({})
    corrected_by_the_board(now, points=Decimal(5))

    later = now + timedelta(hours=1)
    assert outcomes(send({"points": 3, "updated_at": later.isoformat()}, at=later)) == ["corrected"]
    assert (Credit.objects.get().points, Credit.objects.get().decided_at) == (3, None)


# --- Whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"last_name": "NUNEZ BLAAS"}, ""),
        ({"last_name": "Núñez-Blaas", "birth_month": "04"}, ""),
        ({"birth_month": "1980-04"}, ""),
        ({"last_name": "Smith"}, "other_name"),
        ({"birth_month": 5}, "other_birth_month"),
        ({"customer_number": "999"}, "no_holder"),
    ],
)
def test_name_and_birth_month_have_to_be_the_holders(send, holder, said, code):
    receipt = send(said)

    assert [one.code for one in intake.results_of(receipt.batch)] == [code]
    assert [row.code for row in IntakeRow.objects.waiting()] == ([code] if code else [])


def test_birth_month_is_not_asked_where_the_board_has_none(send, ascp):
    HolderFactory(customer_number="100", birth_month=None)

    assert outcomes(send({"birth_month": 5})) == ["accepted"]


# --- Approval ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        ("2025-12-31", "rejected"),
        ("2026-01-01", "accepted"),
        ("2026-02-15", "accepted"),
        ("2026-02-16", "rejected"),
    ],
)
def test_what_was_completed_outside_the_approval_is_refused(send, ascp, holder, day, outcome):
    ascp.approved_from, ascp.approved_until = date(2026, 1, 1), date(2026, 2, 15)
    ascp.save()

    receipt = send({"completed_on": day})

    assert outcomes(receipt) == [outcome]
    assert [row.code for row in IntakeRow.objects.all()] == (["outside_approval"] if outcome == "rejected" else [])


def test_what_was_posted_stays_when_the_approval_is_cut(send, ascp, holder):
    send({})
    ascp.approved_from = date(2026, 3, 1)
    ascp.save()

    assert send({}).counts.duplicate == 1
    assert outcomes(send({"points": 9})) == ["rejected"]
    assert outcomes(send({"status": "withdrawn"})) == ["corrected"]


def test_a_refused_line_is_taken_once_the_approval_is_mended(send, ascp, holder, now):
    ascp.approved_from = date(2026, 3, 1)
    ascp.save()
    send({})
    ascp.approved_from = None
    ascp.save()

    assert send({}).counts.accepted == 1
    assert IntakeRow.objects.get().resolved_at == now


# --- Undone -----------------------------------------------------------------------------------------------------------


def test_an_undone_feed_is_not_taken_in_again(send, holder, now):
    receipt = send({})
    intake.ask_undo(batch=receipt.batch, by=UserFactory(roles=["registrar"]), at=now)

    with pytest.raises(UnusableFile, match="the Board undid this feed on 10 March 2026"):
        send({})
