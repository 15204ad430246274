"""What the holder sees of a review: shared notes, and the reasons for credits that were rejected or moved."""

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from declarations import actions
from declarations.enums import Ruled
from tests.declarations.reviews import LATER, area_of, credit_in, submitted
from tests.factories import NoteFactory, UserFactory

pytestmark = pytest.mark.django_db


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
