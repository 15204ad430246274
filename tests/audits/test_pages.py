"""The pages of an audit for its holder."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audits import actions
from audits.enums import AuditState, Verdict
from audits.models import Audit
from credentials.models import CredentialType
from declarations.enums import State
from tests.audits.auditing import find_all, of_credits, page_of, requested, spare, text_of
from tests.declarations.reviews import AT, credit_in
from tests.factories import HolderUserFactory, UserFactory, audit_in
from tests.factories.declarations import in_state
from tests.pages import words_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def audit(auditor):
    return requested(auditor)


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


def test_the_holder_sees_what_is_asked_per_credit(holder, audit):
    text = text_of(holder.get(page_of(audit)))

    assert text.count("Add documents, or explain why there are none") == audit.declaration.cycle.allocations.count()
    assert re.search(r"<span>[\d.]+ points?</span>", text)


def test_the_holder_sees_how_large_a_document_may_be(holder, audit, settings):
    settings.EVIDENCE_MAX_BYTES = 7 * 1024**2

    assert "PDF, PNG or JPEG, up to 7\xa0MB each." in text_of(holder.get(page_of(audit)))


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


@pytest.mark.parametrize(
    ("address", "said", "why"),
    [
        ("evidence", {"files": [SimpleUploadedFile("letter.txt", b"Dear Board")]}, "“letter.txt” "),
        ("evidence", {}, "Choose a file first."),
        ("not_available", {"reason": "!" * 3000}, "Enter at most 2000 characters."),
    ],
)
def test_what_is_refused_for_a_credit_names_it(holder, audit, address, said, why):
    """It is read at the top of the page, far from the form of the credit."""
    credit = credit_in(audit.declaration, "ethics")

    answer = holder.post(page_of(audit, address, credit.uuid), said, follow=True)

    [words] = words_of(answer)
    assert words.startswith(f"“{credit.title}”: {why}")


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


@pytest.mark.parametrize("more", [0, 495])
def test_the_holders_page_asks_for_few_like_for_many(client, auditor, more, django_assert_num_queries):
    audit = of_credits(more, auditor)
    client.force_login(audit.holder.user)
    client.get(page_of(audit))

    with django_assert_num_queries(11):
        client.get(page_of(audit))
