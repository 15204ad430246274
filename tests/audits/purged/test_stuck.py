"""A document that can't be deleted holds up only itself; a store that is away ends the run."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DataError

from accounts.actions import CompletedWithProblems
from accounts.actions.jobs import MOST_FAILURES
from audits.actions import purging
from cmp_portal.lib.storage import StorageAway
from declarations.enums import State
from declarations.models import AppealDocument
from education.models import Evidence
from tests.audits.purged.documents import ENDED, cycle_ending, documented, is_kept, purge, sent_with_appeal
from tests.factories import EvidenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(now):
    return lambda state: sent_with_appeal(state, now)


@pytest.fixture
def stuck():
    """Put a folder in the place of a file: the store can't remove it, whoever runs it."""

    def put(document):
        path = Path(default_storage.path(document.file.name))
        path.unlink()
        (path / "inside").mkdir(parents=True)
        return path

    return put


def told(document, whose):
    return rf"^1 failed: document {document.pk} of {whose} \(StorageAway\)$"


def test_a_document_that_can_not_be_deleted_keeps_no_other(document, sent, stuck):
    others = [documented(cycle_ending(ENDED)), sent(State.DENIED)]
    path = stuck(document)

    with pytest.raises(CompletedWithProblems, match=told(document, f"credit {document.credit_id}")) as problem:
        purge()
    shutil.rmtree(path)

    assert (problem.value.rows, [is_kept(one) for one in others]) == (2, [(False, False)] * 2)
    assert (Evidence.objects.get(), purge(), Evidence.objects.count()) == (document, 1, 0)


def test_an_appeal_whose_document_can_not_be_deleted_keeps_all_it_has(sent, stuck):
    document = sent(State.DENIED)
    stuck(document)

    with pytest.raises(CompletedWithProblems, match=told(document, f"appeal {document.appeal_document.appeal_id}")):
        purge()

    assert AppealDocument.objects.get().evidence == document


def test_many_that_can_not_be_deleted_keep_no_other(stuck):
    """The store works: what it refuses is about those files alone."""
    stuck_ones = [documented(cycle_ending(ENDED)) for _ in range(MOST_FAILURES)]
    for one in stuck_ones:
        stuck(one)
    last = documented(cycle_ending(ENDED))

    with pytest.raises(CompletedWithProblems, match=f"^{MOST_FAILURES} failed: ") as problem:
        purge()

    assert (problem.value.rows, is_kept(last)) == (1, (False, False))
    assert Evidence.objects.count() == MOST_FAILURES


def test_one_that_can_not_be_deleted_keeps_no_other_of_its_credit(document, stuck):
    stuck(document)
    other = EvidenceFactory(credit=document.credit)

    with pytest.raises(CompletedWithProblems, match=told(document, f"credit {document.credit_id}")):
        purge()

    assert (is_kept(other), Evidence.objects.get()) == ((False, False), document)


def test_a_credit_that_can_not_be_locked_keeps_no_other(document, monkeypatch):
    other = documented(cycle_ending(ENDED))
    purge_credit = purging._purge_credit

    def refused(credit, *args):
        if credit == document.credit_id:
            raise DataError
        return purge_credit(credit, *args)

    monkeypatch.setattr(purging, "_purge_credit", refused)

    with pytest.raises(CompletedWithProblems, match=f"documents of credit {document.credit_id} "):
        purge()

    assert is_kept(other) == (False, False)


def test_a_store_that_is_away_loses_nothing(monkeypatch):
    documents = [documented(cycle_ending(ENDED)) for _ in range(MOST_FAILURES)]
    monkeypatch.setattr(default_storage, "delete", away)

    with pytest.raises(StorageAway):
        purge()
    monkeypatch.undo()

    assert [is_kept(one) for one in documents] == [(True, True)] * MOST_FAILURES
    assert (purge(), Evidence.objects.count()) == (MOST_FAILURES, 0)


def away(name):
    raise ConnectionError


def test_the_command_names_what_it_could_not_delete(document, stuck):
    stuck(document)

    with pytest.raises(CommandError) as problem:
        call_command("purge_evidence", "--on", "2024-04-01", stdout=StringIO())

    assert (problem.value.returncode, str(problem.value)) == (
        1,
        f"documents deleted: 0; 1 failed: document {document.pk} of credit {document.credit_id} (StorageAway)",
    )
