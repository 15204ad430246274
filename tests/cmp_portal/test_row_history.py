"""The history of a row in the back office, including changes made outside its form."""

from datetime import date
from itertools import pairwise

import pghistory
import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Holder
from cmp_portal.lib.row_history import row_changes
from credentials import actions as holding
from credentials.models import Cycle
from education.enums import DisputeState
from education.models import Credit, Dispute
from tests.factories import (
    ChangeFactory,
    CredentialFactory,
    CreditFactory,
    CycleFactory,
    DisputeFactory,
    HolderFactory,
    IntakeBatchFactory,
    SubjectFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(client, registrar):
    """What the page of a row's history says of it, newest first: who, and what."""
    client.force_login(registrar)

    def read(row):
        answer = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk]))
        changes = answer.context["changes"]
        assert all(line in answer.text.replace("&#x27;", "'") for one in changes or () for line in one.what)
        return changes if changes is None else [(one.who, one.what) for one in changes]

    return read


def by(user):
    return pghistory.context(user=user.pk)


def test_a_name_that_a_decision_changed_is_told_with_who_and_what(history, registrar, now):
    holder = HolderFactory(first_name="Mara", last_name="Holder")
    change = ChangeFactory(holder=holder, first_name="Mara", last_name="Lind")
    with by(registrar):
        actions.grant_change(change=change, by=registrar, at=now, note="Seen.")

    assert history(holder) == [
        (str(registrar), ("Last name: changed from “Holder” to “Lind”",)),
        ("the portal", ("Added",)),
    ]


def test_a_suspension_is_told_by_the_words_of_the_choice(history, registrar, now):
    credential = CredentialFactory()
    with by(registrar):
        holding.suspend(credential=credential, by=registrar, at=now, note="No answer.")

    [(who, what), _added] = history(credential)
    assert (who, "Suspended" in what[0]) == (str(registrar), True)


def test_a_change_by_nobody_is_the_portals(history):
    cycle = CycleFactory()
    Cycle.objects.filter(pk=cycle.pk).update(ends_on=date(2027, 11, 30))

    [(who, [line]), _added] = history(cycle)
    assert who == "the portal" and line.endswith("” to “30 Nov 2027”")


@pytest.mark.parametrize("times", [1, 3])
def test_references_are_named_by_a_fixed_number_of_queries(times, django_assert_num_queries):
    credit = CreditFactory(batch=IntakeBatchFactory())
    batches = [credit.batch, *(IntakeBatchFactory() for _time in range(times))]
    for one in batches[1:]:
        Credit.objects.filter(pk=credit.pk).update(batch=one)

    with django_assert_num_queries(2):
        changes = row_changes(credit, shown=["batch"])

    assert [one.what for one in changes[:-1]] == [
        (f"Batch: changed from “{before}” to “{after}”",) for before, after in reversed(list(pairwise(batches)))
    ]


def test_a_reference_to_nothing_is_empty(now):
    dispute = DisputeFactory()
    Dispute.objects.filter(pk=dispute.pk).update(
        decided_by=UserFactory(email="ann@example.org"), decided_at=now, state=DisputeState.DECLINED, answer="No."
    )

    [change, _added] = row_changes(dispute, shown=["decided_by"])

    assert change.what == ("Decided by: changed from “” to “ann@example.org”",)


def test_what_is_not_shown_of_a_row_is_not_told(now):
    holder = HolderFactory(email="old@example.org")
    Holder.objects.filter(pk=holder.pk).update(email="new@example.org", last_name="Lind")

    assert [len(one.what) for one in row_changes(holder, shown=["last_name", "email"])] == [2, 1]
    assert [len(one.what) for one in row_changes(holder, shown=["last_name"])] == [1, 1]
    assert [one.what for one in row_changes(holder, shown=["birth_month"])] == [("Added",)]


def test_a_model_without_history_says_what_django_knows(history):
    assert history(SubjectFactory()) is None
