"""The queue and the page of an audit for auditors."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Alert
from audits import actions
from audits.enums import AuditState, Verdict
from audits.models import Audit
from audits.queries import queue_page
from cmp_portal.lib import clock
from cmp_portal.lib.keyset import Cursor
from declarations.models import Note
from tests.audits.auditing import desk_of, find_all, of_credits, requested, text_of
from tests.declarations.reviews import AT, credit_in, submitted
from tests.factories import AuditFactory, FeeFactory, audit_in
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def audit(auditor):
    return requested(auditor)


@pytest.fixture
def under_review(audit, auditor):
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    return actions.begin(audit=audit, by=auditor, at=AT)


@pytest.fixture
def board(client, auditor):
    client.force_login(auditor)
    return client


def test_the_effect_of_a_refusal_is_told_beforehand(board, under_review):
    text = text_of(board.get(desk_of(under_review)))

    assert "If this credit is refused: You still need 1 point in medical ethics." in text


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ({}, "Based on the findings, it passes"),
        ({"ethics": Verdict.UNCLEAR}, "Based on the findings, more is needed"),
        ({"ethics": Verdict.REFUSED}, "Based on the findings, more is needed"),
    ],
)
def test_the_outcome_is_proposed(board, under_review, auditor, verdicts, words):
    find_all(under_review, auditor, **verdicts)

    assert words in text_of(board.get(desk_of(under_review)))


def test_a_finding_is_shown_with_its_reason(board, under_review):
    credit = credit_in(under_review.declaration, "ethics")

    board.post(desk_of(under_review, "find", credit.uuid), {"verdict": "refused", "reason": "No date."})

    assert "You still need 1 point in medical ethics." in text_of(board.get(desk_of(under_review)))


def test_notes_are_shared_or_not(board, under_review):
    for number, to in enumerate(["staff", "holder"]):
        uuid = f"00000000-0000-0000-0000-00000000000{number}"
        board.post(desk_of(under_review, "note"), {"uuid": uuid, "text": f"For {to}.", "for": to})

    assert sorted(Note.objects.values_list("text", "is_shared")) == [("For holder.", True), ("For staff.", False)]


def test_a_declaration_is_selected_by_its_number(board):
    declaration = submitted()

    answer = board.post(reverse("admin:audits_audit_select"), {"number": f" {declaration.number} "})

    assert answer["Location"] == desk_of(Audit.objects.get(declaration=declaration))


def test_the_auditor_is_told_what_happened_to_which_audit(board, under_review):
    answer = board.post(desk_of(under_review, "decide", "ask_more"), {"note": "It has no date."}, follow=True)

    assert words_of(answer) == [f"More documents were requested from the holder of {under_review.declaration.number}."]


@pytest.mark.parametrize("until", ["", "2020-01-01"])
def test_a_reason_is_given_back_where_no_time_was_given(board, audit, until):
    answer = board.post(desk_of(audit, "extend"), {"until": until, "note": "You were ill."}, follow=True)

    assert len(words_of(answer)) == 2
    assert words_of(answer)[1] == "You wrote: You were ill."


def test_time_is_extended_with_a_reason(board, audit):
    told = []
    for until, offered in (("2099-01-01", "Set a deadline"), ("2099-02-01", "Extend the deadline")):
        assert offered in text_of(board.get(desk_of(audit)))
        board.post(desk_of(audit, "extend"), {"until": until, "note": "You were ill."})
        told.append(Alert.objects.latest("pk").title)

    assert Audit.objects.get().due_on == date(2099, 2, 1)
    assert [title.partition(": ")[2] for title in told] == ["a deadline was set", "you have more time"]


def test_the_queue_goes_by_due_day_page_by_page(settings, auditor, monkeypatch):
    monkeypatch.setattr("audits.queries.queue.SIZE", 2)
    days = [date(2026, 5, 3), None, date(2026, 5, 1), None, date(2026, 5, 2)]
    for day in days:
        AuditFactory(due_on=day)
    audit_in(AuditState.PASSED)

    shown, cursor = [], None
    for _page in range(3):
        page = queue_page(auditor, state="", mine=False, cursor=cursor, at=clock.now())
        shown.append([line.due for line in page.lines])
        cursor = Cursor.read(page.pager.next_url.partition("at=")[2]) if page.pager.next_url else None

    assert [len(lines) for lines in shown] == [2, 2, 1]
    assert [bool(day) for lines in shown for day in lines] == [True, True, True, False, False]


def test_a_credit_that_is_not_needed_may_be_refused(board, auditor):
    audit = of_credits(1, auditor)

    assert "If this credit is refused, the declaration is still complete." in text_of(board.get(desk_of(audit)))


@pytest.mark.parametrize("more", [0, 495])
def test_few_credits_are_asked_for_like_many(client, auditor, more, django_assert_num_queries):
    audit = of_credits(more, auditor)
    client.force_login(auditor)
    client.get(desk_of(audit))

    with django_assert_num_queries(16):
        client.get(desk_of(audit))


@pytest.mark.parametrize(
    ("verdicts", "refusal"),
    [
        ({}, ""),
        ({"ethics": Verdict.UNCLEAR}, "Some credits have no finding yet, or an unclear one."),
        (
            {"ethics": Verdict.REFUSED},
            "The declaration is not complete, so it can't pass. You still need 1 point in medical ethics.",
        ),
    ],
)
def test_passing_is_offered_only_where_it_may_be(board, under_review, auditor, verdicts, refusal):
    find_all(under_review, auditor, **verdicts)

    answer = board.get(desk_of(under_review))

    assert [one.refusal for one in answer.context["page"].decisions if one.label == "Pass"] == [refusal]
    assert (desk_of(under_review, "decide", "pass") in text_of(answer)) == (refusal == "")


def test_where_passing_approves_it_waits_for_the_fee(board, under_review, auditor, settings):
    settings.FEES = settings.AUDITOR_MAY_APPROVE = True
    find_all(under_review, auditor)
    FeeFactory(declaration=under_review.declaration)

    decisions = board.get(desk_of(under_review)).context["page"].decisions

    assert [one.refusal for one in decisions if one.label == "Pass"] == ["Its fee of USD 95.00 is not paid yet."]


def test_without_a_finding_nothing_is_offered_to_pass(board, under_review):
    text = text_of(board.get(desk_of(under_review)))

    assert "<strong>Pass</strong>: Some credits have no finding yet" in text
