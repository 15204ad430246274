"""The pages of an audit, for its holder and for auditors."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audits import actions
from audits.enums import AuditState, Verdict
from audits.models import Audit
from audits.queries import queue_page
from cmp_portal.lib import clock
from cmp_portal.lib.keyset import Cursor
from credentials.models import CredentialType
from declarations.actions import submit
from declarations.enums import State
from declarations.models import Note
from education.actions import refresh_status
from tests.audits.auditing import find_all, spare
from tests.declarations.reviews import AT, credit_in, submitted
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    AuditFactory,
    CreditFactory,
    FeeFactory,
    HolderUserFactory,
    UserFactory,
    audit_in,
    complete_cycle,
)
from tests.factories.declarations import in_state
from tests.pages import words_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
QUEUE = "admin:audits_audit_changelist"


@pytest.fixture
def audit(auditor):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    actions.request_documents(audit=audit, by=auditor, at=AT)
    return Audit.objects.select_related("declaration", "holder").get()


@pytest.fixture
def under_review(audit, auditor):
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    return actions.begin(audit=audit, by=auditor, at=AT)


@pytest.fixture
def refused(under_review, auditor):
    find_all(under_review, auditor, ethics=Verdict.REFUSED)
    return actions.ask_more(audit=under_review, by=auditor, at=AT, note="The ethics course has no date.")


@pytest.fixture
def holder(client, audit):
    client.force_login(audit.holder.user)
    return client


@pytest.fixture
def board(client, auditor):
    client.force_login(auditor)
    return client


def page_of(audit, name="detail", *also):
    return reverse(f"audits:{name}", args=[audit.declaration.uuid, *also])


def desk_of(audit, name="change", *also):
    return reverse(f"admin:audits_audit_{name}", args=[audit.pk, *also])


def text_of(answer):
    return answer.content.decode()


def test_the_holder_sees_what_is_asked_per_credit(holder, audit):
    text = text_of(holder.get(page_of(audit)))

    assert text.count("Add documents, or explain why there are none") == audit.declaration.cycle.allocations.count()
    assert re.search(r"<span>[\d.]+ points?</span>", text)


@pytest.mark.parametrize("state", [AuditState.RECEIVED, AuditState.UNDER_REVIEW])
def test_while_the_board_has_the_documents_nothing_is_asked(holder, audit, state):
    Audit.objects.filter(pk=audit.pk).update(state=state)

    answer = holder.get(page_of(audit))

    text = text_of(answer)
    assert answer.context["page"].headline.endswith("You don't need to do anything right now.")
    assert ("Add documents" in text, "You can still add documents" in text) == (False, True)


def test_several_documents_at_once(holder, audit):
    credit = credit_in(audit.declaration, "ethics")
    files = [SimpleUploadedFile(f"{number}.pdf", PDF + bytes([48 + number])) for number in range(3)]

    answer = holder.post(page_of(audit, "evidence", credit.uuid), {"files": files, "row": "2"})

    assert (answer["Location"], credit.evidence.count()) == (f"{page_of(audit)}#credit-2", 3)


def test_a_decided_audit_takes_no_documents(holder, audit):
    Audit.objects.filter(pk=audit.pk).update(state=AuditState.UNDER_REVIEW)
    done = {"state": AuditState.FAILED, "decided_by": UserFactory(), "decided_at": AT}
    Audit.objects.filter(pk=audit.pk).update(**done)
    credit = credit_in(audit.declaration, "ethics")

    holder.post(page_of(audit, "evidence", credit.uuid), {"files": [SimpleUploadedFile("a.pdf", PDF)]})

    assert credit.evidence.count() == 0


def test_after_a_refusal_the_holders_page_opens_where_it_is_told(holder, audit):
    credit = credit_in(audit.declaration, "ethics")
    files = [SimpleUploadedFile("letter.txt", b"Dear Board")]

    answer = holder.post(page_of(audit, "evidence", credit.uuid), {"files": files, "row": "2"})

    assert answer["Location"] == page_of(audit)


def test_an_empty_reason_says_what_is_expected_then(holder, audit):
    credit = credit_in(audit.declaration, "ethics")

    answer = holder.post(page_of(audit, "not_available", credit.uuid), {"reason": " "}, follow=True)

    assert words_of(answer) == ["You have given no reason, so the Board expects a document."]


def test_handing_in_twice_is_one_step(holder, audit):
    for _time in range(2):
        holder.post(page_of(audit, "hand_in"), {"note": "All there.", "anyway": "on"})

    assert [step.note for step in audit.steps.filter(move="hand_in")] == ["All there."]


def test_my_account_says_what_an_audit_asks(holder, audit):
    assert "The Board has requested documents for the credits you declared." in text_of(holder.get("/account/"))


def test_the_reserve_is_offered_first(holder, refused):
    needed, too = spare(refused, title="Needed"), spare(refused, title="Of no use", completed_on=date(2020, 1, 1))

    page = holder.get(page_of(refused, "replace")).context["page"]

    assert [(one.title, one.is_offered) for one in page.candidates if one.title in {needed.title, too.title}] == [
        ("Needed", True)
    ]


def test_what_is_replaced_is_shown_beside_what_was_declared(holder, refused):
    old, new = credit_in(refused.declaration, "ethics"), spare(refused, title="A better one")
    said = {"attested": "on", "instead": [f"{new.uuid}:ethics:1.00"]}

    answer = holder.post(page_of(refused, "replace"), said)

    pairs = holder.get(page_of(refused)).context["page"].amended
    assert (answer.status_code, {pair.label for pair in pairs}) == (302, {old.title, new.title})


@pytest.mark.parametrize(
    "instead", ["", "nonsense", "x:ethics:1", "x:ethics:NaN", "00000000-0000-0000-0000-000000000000:ethics:1"]
)
def test_nonsense_replaces_nothing(holder, refused, instead):
    answer = holder.post(page_of(refused, "replace"), {"attested": "on", "instead": [instead]})

    assert (answer.status_code, refused.declaration.seals.count()) == (422, 1)


def test_nothing_is_replaced_without_the_holders_word(holder, refused):
    new = spare(refused)

    answer = holder.post(page_of(refused, "replace"), {"instead": [f"{new.uuid}:ethics:1.00"]})

    assert (answer.status_code, new.allocations.count()) == (422, 0)


def test_a_failed_audit_says_what_can_be_done(settings, holder, under_review, auditor):
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False
    actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")

    text = text_of(holder.get(page_of(under_review)))

    assert "You can appeal once" in text and "ask to be reinstated" in text and "No proof." in text


@pytest.mark.parametrize(
    ("outcome", "state", "words"),
    [
        (AuditState.PASSED, State.RENEWED, "Your credential has been renewed for 5 years."),
        (AuditState.FAILED, State.DENIED, "completed no more than 5 years ago"),
    ],
)
def test_the_years_are_those_of_the_credential(client, outcome, state, words):
    audit = audit_in(outcome)
    in_state(audit.declaration, state)
    CredentialType.objects.update(cycle_years=5)
    client.force_login(HolderUserFactory(holder=audit.holder))

    assert words in text_of(client.get(page_of(audit)))


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
    board.post(desk_of(audit, "extend"), {"until": "2099-01-01", "note": "You were ill."})

    assert Audit.objects.get().due_on == date(2099, 1, 1)


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


def of_credits(more, auditor):
    """An audit of a declaration with so many credits more than are needed."""
    cycle = complete_cycle()
    area, day = cycle.requirement_set.areas.get(code="rest"), {"completed_on": date(2025, 6, 1)}
    for _time in range(more):
        credit = CreditFactory(holder=cycle.holder, subjects=["management"], points=Decimal(1), **day)
        AllocationFactory(cycle=cycle, credit=credit, area=area, points=Decimal(1))
    refresh_status([cycle.pk], at=AT)
    user = HolderUserFactory(holder=cycle.holder)
    declaration = submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)
    return actions.select(declaration=declaration, by=auditor, at=AT)


@pytest.mark.parametrize("more", [0, 495])
def test_few_credits_are_asked_for_like_many(client, auditor, more, django_assert_num_queries):
    audit = of_credits(more, auditor)
    client.force_login(auditor)
    client.get(desk_of(audit))

    with django_assert_num_queries(16):
        client.get(desk_of(audit))


@pytest.mark.parametrize("more", [0, 495])
def test_the_holders_page_asks_for_few_like_for_many(client, auditor, more, django_assert_num_queries):
    audit = of_credits(more, auditor)
    client.force_login(audit.holder.user)
    client.get(page_of(audit))

    with django_assert_num_queries(11):
        client.get(page_of(audit))


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
