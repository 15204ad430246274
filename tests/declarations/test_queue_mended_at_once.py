"""The queue is repaired while a declaration in it moves: what the move wrote stays."""

import pytest
from django.db import transaction

from audits.actions import select
from declarations import actions
from declarations.enums import Flag, State
from declarations.models import Waiting
from tests.declarations.reviews import LATER, submitted
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def declaration():
    return submitted()


@pytest.mark.parametrize(
    "spoil",
    [lambda rows: rows.update(flags=[Flag.LATE]), lambda rows: rows.delete()],
    ids=["another flag", "no row"],
)
def test_a_row_that_moves_meanwhile_keeps_its_state(declaration, spoil, in_thread, until_blocked):
    spoil(Waiting.objects.all())

    with transaction.atomic():
        select(declaration=declaration, by=UserFactory(roles=["auditor"]), at=LATER)
        mending = in_thread(actions.mend_queue)
        until_blocked()

    mending.result()
    row = Waiting.objects.get()
    assert (row.state, row.flags) == (State.UNDER_AUDIT, [])
    assert actions.mend_queue() == 0


def test_what_is_missing_is_entered_batch_by_batch(declaration, monkeypatch):
    monkeypatch.setattr("declarations.actions.queue.BATCH", 1)
    submitted()
    Waiting.objects.all().delete()

    assert (actions.mend_queue(), Waiting.objects.count()) == (2, 2)
