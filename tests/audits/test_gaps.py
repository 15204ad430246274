"""Unanswered requests of an audit are listed, and must be confirmed before handing in."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audits import actions, queries
from audits.enums import AuditState, Verdict
from audits.models import Audit
from audits.queries import gaps_of
from audits.rules.answering import is_answered
from cmp_portal.lib.uploads import FileCondition
from education.actions import attach
from education.models import Credit, Evidence
from tests.audits.auditing import DAY, amend, begun, lacking, reached, refresh, spare
from tests.declarations.reviews import AT, credit_in
from tests.pages import words_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
BEFORE, AFTER = AT - timedelta(hours=1), AT + timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "verdict", "expected"),
    [
        (None, None, False),
        (BEFORE, None, True),
        (None, Verdict.VERIFIED, True),
        (BEFORE, Verdict.VERIFIED, True),
        (None, Verdict.REFUSED, False),
        (BEFORE, Verdict.REFUSED, False),
        (AT, Verdict.UNCLEAR, False),
        (AFTER, Verdict.REFUSED, True),
        (AFTER, Verdict.UNCLEAR, True),
    ],
)
def test_an_answer_is_newer_than_what_was_not_accepted(at, verdict, expected):
    assert is_answered(at, verdict=verdict, found_at=AT if verdict else None) is expected


@pytest.fixture
def audit(auditor, db):
    return refresh(reached(AuditState.REQUESTED, auditor))


@pytest.fixture
def holder(client, audit):
    client.force_login(audit.holder.user)
    return client


def credits_of(audit):
    return Credit.objects.filter(allocations__cycle=audit.declaration.cycle_id).distinct()


def prove(audit, credit, at=AT):
    return attach(credit=credit, upload=SimpleUploadedFile("a.pdf", PDF), by=audit.holder.user, at=at)


def say(audit, credit, at=AT):
    actions.say_not_available(audit=audit, credit=credit, reason="It was lost.", by=audit.holder.user, at=at)


def named(audit):
    gaps = gaps_of(audit)
    return {gap.title for gap in gaps.named} if gaps else set()


def hand_in(client, audit, **form):
    return client.post(reverse("audits:hand_in", args=[audit.declaration.uuid]), form)


def test_a_document_answers_and_so_does_a_word(audit):
    first, second, last, *others = credits_of(audit)
    for other in others:
        say(audit, other)

    prove(audit, first)
    say(audit, second)

    assert named(audit) == {last.title}


@pytest.mark.parametrize("condition", [FileCondition.UNREADABLE, FileCondition.INFECTED])
def test_a_document_that_cannot_be_opened_answers_nothing(audit, condition):
    credit, *others = credits_of(audit)
    prove(audit, credit)
    for other in others:
        say(audit, other)

    before = named(audit)
    Evidence.objects.update(condition=condition, checked_at=AT)

    assert (before, named(audit)) == (set(), {credit.title})


def test_once_all_is_answered_nothing_is_missing(audit):
    for credit in credits_of(audit):
        say(audit, credit)

    assert gaps_of(audit) is None


@pytest.mark.parametrize("state", [AuditState.SELECTED, AuditState.RECEIVED, AuditState.UNDER_REVIEW])
def test_nothing_is_missing_while_it_is_the_boards_turn(auditor, db, state):
    assert gaps_of(refresh(reached(state, auditor))) is None


def test_what_was_refused_asks_for_another_answer(auditor, db):
    audit = lacking(auditor)
    credit = credit_in(audit.declaration, "ethics")

    before = named(audit)
    say(audit, credit, at=AFTER)

    assert (before, named(audit)) == ({credit.title}, set())


def test_what_came_in_its_place_asks_for_one_too(auditor, db):
    audit = lacking(auditor)
    instead = spare(audit, title="Ethics anew")

    amend(audit, instead)
    before = named(refresh(audit))
    prove(audit, instead, at=AT + DAY)

    assert (before, named(refresh(audit))) == ({"Ethics anew"}, set())


def test_a_few_are_named_and_the_rest_is_counted(audit, monkeypatch):
    monkeypatch.setattr(queries.gaps, "NAMED", 1)
    count = credits_of(audit).count()

    gaps = gaps_of(audit)

    assert gaps.text.startswith(f"{count} of {count} credits have no answer yet")
    assert (len(gaps.named), gaps.more_text) == (1, f"and {count - 1} more")
    assert gaps.named[0].url == f"{audit.get_absolute_url()}#credit-1"


def test_a_credit_on_another_page_is_led_to(audit, monkeypatch):
    monkeypatch.setattr(queries.gaps, "SIZE", 1)

    assert gaps_of(audit).named[1].url == f"{audit.get_absolute_url()}?page=2#credit-2"


# --- Handing in ---


def test_with_gaps_it_is_asked_first_and_what_was_typed_stays(holder, audit):
    answer = hand_in(holder, audit, note="Here it all is.")

    assert (answer.status_code, refresh(audit).state) == (422, AuditState.REQUESTED)
    assert answer.context["form"].errors == {
        "anyway": ["Nothing has been submitted yet. Answer for every credit, or select this box."]
    }
    assert ">\nHere it all is.</textarea>" in answer.text


def test_who_says_so_hands_in_with_gaps(holder, audit):
    answer = hand_in(holder, audit, note="I have nothing.", anyway="on")

    assert (answer.status_code, refresh(audit).state) == (302, AuditState.RECEIVED)


def test_without_gaps_nothing_is_asked(holder, audit):
    for credit in credits_of(audit):
        say(audit, credit)

    assert 'name="anyway"' not in holder.get(audit.get_absolute_url()).text
    assert (hand_in(holder, audit).status_code, refresh(audit).state) == (302, AuditState.RECEIVED)


def test_another_word_does_not_pass_for_the_one_that_was_handed_in(holder, audit):
    for note in ("Here it all is.", "One more word."):
        hand_in(holder, audit, note=note, anyway="on")

    told = words_of(holder.get(audit.get_absolute_url()))
    assert told[1:] == [
        "This audit is now “Documents received”, so that is no longer possible.",
        "You wrote: One more word.",
    ]
    assert audit.steps.get(move="hand_in").note == "Here it all is."


def test_what_was_typed_too_late_is_given_back(client, auditor, db):
    audit = begun(auditor)
    client.force_login(audit.holder.user)

    hand_in(client, audit, note="One more word.")

    told = words_of(client.get(audit.get_absolute_url()))
    assert told[1:] == ["You wrote: One more word."]
    assert Audit.objects.get().state == AuditState.UNDER_REVIEW
