"""The Board's notes, the holder's answers, and who is shown that an answer is waiting."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from audits import actions
from audits.models import Audit
from audits.queries import queue_page
from declarations.actions import write_note
from declarations.models import Note
from tests.constraint_violations import refused, tries
from tests.declarations.reviews import AT, submitted
from tests.factories import HolderUserFactory, NoteFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
LAST = AT + timedelta(hours=2)


@pytest.fixture
def audit(auditor, now):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    actions.request_documents(audit=audit, by=auditor, at=AT)
    return Audit.objects.select_related("declaration", "holder").get()


@pytest.fixture
def asked(audit, auditor):
    write(audit, auditor, at=AT)
    return audit


@pytest.fixture
def holder(client, audit):
    client.force_login(audit.holder.user)
    return client


def write(audit, auditor, *, at, is_shared=True):
    said = {"uuid": uuid4(), "text": "Who taught it?", "is_shared": is_shared}
    return write_note(declaration=audit.declaration, by=auditor, at=at, **said)


def answer(audit, *, at=LATER, uuid=None, text="Professor Lindqvist.", by=None):
    return actions.answer(audit=audit, uuid=uuid or uuid4(), text=text, by=by or audit.holder.user, at=at)


def waits(client, audit, auditor):
    """What the queue and the page of the audit say."""
    (line,) = queue_page(auditor, state="", mine=False, cursor=None, at=LAST).lines
    client.force_login(auditor)
    page = client.get(reverse("admin:audits_audit_change", args=[audit.pk])).context["page"]
    return line.has_answer, bool(page.answer_text)


def test_an_answer_is_read_by_both_sides(asked, auditor, client, holder):
    answer(asked)

    own = holder.get(asked.get_absolute_url()).context["page"].notes
    client.force_login(auditor)
    theirs = client.get(reverse("admin:audits_audit_change", args=[asked.pk])).context["page"].notes
    assert [(note.text, note.when.split(",")[0]) for note in own] == [
        ("Professor Lindqvist.", "You"),
        ("Who taught it?", "The Board"),
    ]
    assert [note.title for note in theirs] == ["From the holder", "To the holder"]


def test_sent_twice_it_is_one_answer(asked):
    uuid = uuid4()

    assert answer(asked, uuid=uuid) == answer(asked, uuid=uuid)


def test_the_holder_is_not_told_of_their_own_words(asked):
    before = Alert.objects.count()

    answer(asked)

    assert Alert.objects.count() == before


def test_the_boards_note_leads_to_where_it_is_answered(audit, auditor, client):
    client.force_login(auditor)

    client.post(
        reverse("admin:audits_audit_note", args=[audit.pk]),
        {"uuid": uuid4(), "text": "Who taught it?", "for": "holder"},
    )

    assert Alert.objects.get(body="Who taught it?").link == audit.get_absolute_url()


@pytest.mark.parametrize(("text", "words"), [(" ", "Write your answer first"), ("x", "no note from the Board")])
def test_what_is_no_answer_is_refused(audit, auditor, text, words):
    write(audit, auditor, at=AT, is_shared=text == " ")

    with pytest.raises(actions.MoveRefused, match=words):
        answer(audit, text=text)


def test_nobody_else_answers(asked, auditor):
    for by in (auditor, HolderUserFactory()):
        with pytest.raises(actions.MoveRefused):
            answer(asked, by=by)

    assert Note.objects.count() == 1


def test_the_form_of_somebody_else_is_no_answer(asked):
    with pytest.raises(actions.MoveRefused, match="open this page again"):
        answer(asked, uuid=Note.objects.get().uuid)


def test_a_decided_audit_takes_no_answer(asked, auditor, settings, holder):
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False
    actions.hand_in(audit=asked, by=asked.holder.user, at=LATER)
    actions.begin(audit=asked, by=auditor, at=LATER)
    actions.fail(audit=asked, by=auditor, at=LATER, note="No proof.")

    with pytest.raises(actions.MoveRefused, match="has been decided"):
        answer(asked)
    sent = {"uuid": uuid4(), "text": "Professor Lindqvist."}
    told = words_of(holder.post(reverse("audits:answer", args=[asked.declaration.uuid]), sent, follow=True))
    assert told[1:] == ["You wrote: Professor Lindqvist."]
    assert holder.get(asked.get_absolute_url()).context["page"].answer_url == ""


def test_an_answer_waits_until_the_board_writes_back(client, asked, auditor):
    before = waits(client, asked, auditor)
    answer(asked)
    meanwhile = waits(client, asked, auditor)
    write(asked, auditor, at=LAST)

    assert (before, meanwhile, waits(client, asked, auditor)) == ((False, False), (True, True), (False, False))


@pytest.mark.parametrize(("goes_on", "still"), [("hand_in", True), ("take", True), ("begin", False)])
def test_an_answer_waits_until_the_board_moves_the_audit(client, asked, auditor, goes_on, still):
    answer(asked)
    if goes_on != "take":
        actions.hand_in(audit=asked, by=asked.holder.user, at=LAST)
    if goes_on != "hand_in":
        by = auditor if goes_on == "begin" else UserFactory(roles=[Role.AUDITOR])
        seen = {"seen": auditor.pk} if goes_on == "take" else {}
        getattr(actions, goes_on)(audit=asked, by=by, at=LAST, **seen)

    assert waits(client, asked, auditor) == (still, still)


def test_a_note_among_staff_is_no_reply(client, asked, auditor):
    answer(asked)
    write(asked, auditor, at=LAST, is_shared=False)

    assert waits(client, asked, auditor) == (True, True)


def test_the_form_answers(holder, asked):
    page = holder.get(asked.get_absolute_url()).context["page"]

    answered = holder.post(page.answer_url, {"uuid": page.answer_uuid, "text": " Professor Lindqvist. "}, follow=True)

    assert "The Board can see that you answered." in answered.content.decode()
    assert Note.objects.latest("id").text == "Professor Lindqvist."


@pytest.mark.parametrize("form", [{"text": "x"}, {"uuid": "x", "text": "x"}, {"uuid": uuid4(), "text": ""}, {}])
def test_nonsense_answers_nothing(holder, asked, form):
    answered = holder.post(reverse("audits:answer", args=[asked.declaration.uuid]), form)

    assert (answered.status_code, Note.objects.count()) == (302, 1)


def test_without_a_note_there_is_nothing_to_answer(holder, audit):
    assert holder.get(audit.get_absolute_url()).context["page"].answer_url == ""


@tries("Note.is_shared_by_a_holder")
def test_what_a_holder_writes_is_never_kept_from_them(asked):
    with refused("a note of the holder is read by both sides"):
        NoteFactory(declaration=asked.declaration, by=asked.holder.user, is_shared=False)
