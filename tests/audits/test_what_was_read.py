"""A decision covers what the auditor has seen, and nothing that the holder has added since."""

import pytest
from django.urls import reverse

from audits import actions
from audits.enums import AuditMove, Verdict
from audits.models import Audit, Finding
from tests.audits.auditing import amend, find_all, refresh, spare
from tests.declarations.reviews import AT, credit_in, submitted
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def under_review(auditor):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    actions.request_documents(audit=audit, by=auditor, at=AT)
    return under_review_again(audit, auditor)


@pytest.fixture
def board(client, auditor):
    client.force_login(auditor)
    return client


def desk_of(audit, name="change", *also):
    return reverse(f"admin:audits_audit_{name}", args=[audit.pk, *also])


@pytest.fixture
def brought_since(client, board, under_review, auditor):
    """What the hidden field of a page says that was opened before the holder brought something else."""
    find_all(under_review, auditor, ethics=Verdict.REFUSED)
    seen = client.get(desk_of(under_review)).context["page"].seen
    actions.ask_more(audit=under_review, by=auditor, at=AT, note="The ethics course has no date.")
    return seen


def under_review_again(audit, auditor):
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    return actions.begin(audit=audit, by=auditor, at=AT)


BROUGHT_SINCE = "The holder has added something since you opened this page. Review it before you decide."


@pytest.mark.parametrize("move", ["pass", "ask_more", "propose", "fail"])
def test_an_audit_is_not_decided_by_what_was_brought_before(board, under_review, auditor, brought_since, move):
    amend(refresh(under_review), spare(under_review))
    under_review_again(under_review, auditor)

    said = {"note": "No date.", "seen": brought_since}
    answer = board.post(desk_of(under_review, "decide", move), said, follow=True)

    assert words_of(answer) == [BROUGHT_SINCE, "You wrote: No date."]
    assert Audit.objects.get().steps.order_by("id").last().move == AuditMove.BEGIN


def test_documents_that_nobody_has_read_are_not_judged(board, under_review, auditor, brought_since):
    under_review_again(under_review, auditor)
    credit = credit_in(under_review.declaration, "ethics")

    said = {"verdict": "unclear", "reason": "Which course?", "seen": brought_since}
    answer = board.post(desk_of(under_review, "find", credit.uuid), said, follow=True)

    assert words_of(answer) == [BROUGHT_SINCE, "You wrote: Which course?"]
    assert not Finding.objects.filter(verdict=Verdict.UNCLEAR).exists()


def test_what_was_read_is_decided(board, under_review):
    page = board.get(desk_of(under_review)).context["page"]
    said = {"verdict": "refused", "reason": "No date.", "seen": page.seen}
    board.post(page.rows[0].find_url, said)

    board.post(desk_of(under_review, "decide", "propose"), {"note": "No date.", "seen": page.seen})

    assert (Finding.objects.get().verdict, Audit.objects.get().steps.order_by("id").last().move) == (
        Verdict.REFUSED,
        AuditMove.PROPOSE,
    )
