"""Notes, private and shared."""

from uuid import uuid4

import pytest

from accounts.enums import Role
from accounts.models import Alert
from declarations import actions
from declarations.models import Note
from tests.declarations.reviews import LATER, submitted
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


def test_a_private_note_is_not_told(declaration, reviewer):
    before = Alert.objects.count()

    actions.write_note(declaration=declaration, uuid=uuid4(), text=" Compare. ", is_shared=False, by=reviewer, at=LATER)

    assert (Note.objects.get().text, Alert.objects.count()) == ("Compare.", before)


def test_a_shared_note_sent_twice_is_told_once(declaration, reviewer):
    said = {"uuid": uuid4(), "text": "Please send the syllabus.", "is_shared": True}

    for _time in range(2):
        actions.write_note(declaration=declaration, by=reviewer, at=LATER, **said)

    assert Note.objects.count() == 1
    assert Alert.objects.filter(body="Please send the syllabus.").count() == 1


@pytest.mark.parametrize("other", [{"text": "And the exam."}, {"is_shared": False}], ids=["text", "readers"])
def test_another_note_from_the_same_page_is_refused_and_not_said_to_be_sent(declaration, reviewer, other):
    said = {"uuid": uuid4(), "text": "Please send the syllabus.", "is_shared": True}
    actions.write_note(declaration=declaration, by=reviewer, at=LATER, **said)

    with pytest.raises(actions.MoveRefused, match=r"this one was not\. Send it now"):
        actions.write_note(declaration=declaration, by=reviewer, at=LATER, **{**said, **other})

    assert Note.objects.get().text == "Please send the syllabus."


def test_a_page_about_one_declaration_writes_nothing_about_another(declaration, reviewer):
    said = {"uuid": uuid4(), "text": "Please send the syllabus.", "is_shared": True, "by": reviewer, "at": LATER}
    actions.write_note(declaration=declaration, **said)

    with pytest.raises(actions.MoveRefused, match="open this page again"):
        actions.write_note(declaration=submitted(), **said)


def test_an_empty_note_is_refused(declaration, reviewer):
    with pytest.raises(actions.MoveRefused, match="Write the note first"):
        actions.write_note(declaration=declaration, uuid=uuid4(), text=" ", is_shared=True, by=reviewer, at=LATER)


@pytest.mark.parametrize(("role", "may"), [(Role.AUDITOR, True), (Role.REGISTRAR, False), (Role.PROVIDER, False)])
def test_who_writes_notes(declaration, role, may):
    said = {"uuid": uuid4(), "text": "Compare.", "is_shared": False, "by": UserFactory(roles=[role]), "at": LATER}
    try:
        actions.write_note(declaration=declaration, **said)
    except actions.MoveRefused:
        assert not may

    assert Note.objects.exists() is may
