"""What the holder sees of a review: shared notes, and the reasons for credits that were rejected or moved."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from declarations import actions
from declarations.enums import Ruled
from declarations.models import Note
from tests.declarations.reviews import LATER, area_of, credit_in, submitted
from tests.factories import NoteFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:declarations_declaration_changelist")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def declaration(db):
    return submitted()


@pytest.fixture
def reviewer(client, declaration):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


def test_the_holder_reads_what_was_sent_and_nothing_else(client, declaration):
    NoteFactory(declaration=declaration, text="Compare the dates.")
    NoteFactory(declaration=declaration, text="Please send the syllabus.", is_shared=True)
    client.force_login(declaration.holder.user)

    text = client.get(declaration.get_absolute_url()).content.decode()

    assert ("Please send the syllabus." in text, "Compare the dates." in text) == (True, False)


def test_the_holder_reads_why_on_the_declaration_and_on_the_credit(client, reviewer, declaration):
    credit = credit_in(declaration, "ethics")
    actions.rule(
        declaration=declaration, credit=credit, outcome=Ruled.REFUSED, reason="No date.", by=reviewer, at=LATER
    )
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Please mend it.")
    client.force_login(declaration.holder.user)

    pages = [declaration.get_absolute_url(), reverse("education:credit", args=[credit.uuid])]

    for page in pages:
        assert "The Board did not accept this. Reason: No date." in client.get(page).content.decode()


def test_the_holder_reads_where_the_board_counts_it(client, reviewer, declaration):
    actions.rule(
        declaration=declaration,
        credit=credit_in(declaration, "chemistry"),
        outcome=Ruled.MOVED,
        area=area_of(declaration, "rest"),
        reason="It is about management.",
        by=reviewer,
        at=LATER,
    )
    actions.deny(declaration=declaration, by=reviewer, at=LATER, note="Not complete.")
    client.force_login(declaration.holder.user)

    text = client.get(declaration.get_absolute_url()).content.decode()

    assert "Reason: It is about management." in text


# --- Answers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(declaration):
    said = {"text": "Please send the syllabus.", "is_shared": True, "by": UserFactory(roles=[Role.REVIEWER])}
    actions.write_note(declaration=declaration, uuid=uuid4(), at=LATER, **said)
    return declaration


@pytest.fixture
def holder(client, declaration):
    client.force_login(declaration.holder.user)
    return client


def reply(holder, declaration, **form):
    return holder.post(reverse("declarations:reply", args=[declaration.uuid]), form, follow=True)


def test_the_holder_answers_a_note_of_the_review(holder, asked):
    page = holder.get(asked.get_absolute_url()).context["page"]
    form = {"uuid": page.answer_uuid, "text": " It is with the credit now. "}

    answers = [words_of(reply(holder, asked, **form)) for _time in range(2)]

    assert answers == [["Sent. The Board can see that you answered."]] * 2
    assert [note.text for note in Note.objects.order_by("id")] == [
        "Please send the syllabus.", "It is with the credit now.",
    ]  # fmt: skip


def test_the_reviewer_reads_the_answer(client, holder, asked):
    reply(holder, asked, uuid=uuid4(), text="It is with the credit now.")
    client.force_login(UserFactory(roles=[Role.REVIEWER]))

    notes = client.get(reverse("admin:declarations_declaration_change", args=[asked.pk])).context["page"].notes

    assert (notes[0].title, notes[0].text) == ("From the holder", "It is with the credit now.")


def waits(client, declaration):
    """Whether the queue, the review page and the list of answers say that an answer is waiting."""
    client.force_login(UserFactory(roles=[Role.REVIEWER]))
    queue, answers = (client.get(QUEUE, chosen).context["page"] for chosen in ({}, {"state": "answered"}))
    page = client.get(reverse("admin:declarations_declaration_change", args=[declaration.pk])).context["page"]
    return any(line.has_answer for line in queue.lines), bool(page.answer_text), bool(answers.decided)


def test_an_answer_waits_until_the_board_writes_back(client, asked):
    by_holder = {"by": asked.holder.user, "at": LATER + timedelta(hours=1)}
    before = waits(client, asked)
    actions.reply(declaration=asked, uuid=uuid4(), text="It is with the credit now.", **by_holder)
    meanwhile = waits(client, asked)
    said = {"text": "Thank you.", "is_shared": True, "by": UserFactory(roles=[Role.REVIEWER])}
    actions.write_note(declaration=asked, uuid=uuid4(), at=LATER + timedelta(hours=2), **said)

    assert (before, meanwhile, waits(client, asked)) == ((False,) * 3, (True,) * 3, (False,) * 3)


def test_an_answer_waits_though_staff_write_to_each_other(client, asked):
    actions.reply(declaration=asked, uuid=uuid4(), text="Sent.", by=asked.holder.user, at=LATER)
    said = {"text": "Who looks?", "is_shared": False, "by": UserFactory(roles=[Role.REVIEWER])}
    actions.write_note(declaration=asked, uuid=uuid4(), at=LATER + timedelta(hours=1), **said)

    assert waits(client, asked) == (True,) * 3


def test_an_answer_waits_until_the_board_moves_the_declaration(client, asked):
    actions.reply(declaration=asked, uuid=uuid4(), text="Sent.", by=asked.holder.user, at=LATER)
    by = UserFactory(roles=[Role.REVIEWER])
    actions.send_back(declaration=asked, by=by, at=LATER + timedelta(hours=1), note="One course is missing.")
    assert waits(client, asked) == (False, False, False)

    actions.reply(declaration=asked, uuid=uuid4(), text="Which?", by=asked.holder.user, at=LATER + timedelta(hours=2))

    assert waits(client, asked) == (False, True, True)


def test_a_returned_declaration_takes_an_answer(holder, asked):
    by = UserFactory(roles=[Role.REVIEWER])
    actions.claim(declaration=asked, by=by, at=LATER)
    actions.send_back(declaration=asked, by=by, at=LATER, note="One course is missing.")

    assert holder.get(asked.get_absolute_url()).context["page"].answer_url != ""


def test_without_a_note_of_the_board_there_is_nothing_to_answer(holder, declaration):
    assert holder.get(declaration.get_absolute_url()).context["page"].answer_url == ""
    assert words_of(reply(holder, declaration, uuid=uuid4(), text="Hello.")) == [
        "There is no note from the Board for you to answer.", "You wrote: Hello.",
    ]  # fmt: skip


def test_a_withdrawn_declaration_takes_no_answer(holder, asked):
    actions.withdraw(declaration=asked, by=asked.holder.user, at=LATER)

    assert holder.get(asked.get_absolute_url()).context["page"].answer_url == ""
    assert words_of(reply(holder, asked, uuid=uuid4(), text="Hello."))[0].startswith("This declaration can't be added")


@pytest.mark.parametrize("form", [{"text": "x"}, {"uuid": "x", "text": "x"}, {"uuid": uuid4(), "text": ""}, {}])
def test_nonsense_answers_nothing(holder, asked, form):
    reply(holder, asked, **form)

    assert Note.objects.count() == 1
