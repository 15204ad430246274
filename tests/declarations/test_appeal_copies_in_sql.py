"""Database constraints on replacements for a damaged document of an appeal."""

import pytest
from django.db import connection

from declarations import actions
from declarations.enums import State
from declarations.models import AppealDocument
from education.models import Evidence
from tests.constraint_violations import refused, run, update
from tests.declarations.replacing import SOON, appealed_with_a_damaged_document, replace
from tests.factories import AppealDocumentFactory, EvidenceFactory, HolderUserFactory
from tests.planting import found

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration(now):
    return appealed_with_a_damaged_document()


@pytest.fixture
def user(declaration):
    return declaration.holder.user


@pytest.fixture
def damaged(declaration):
    return AppealDocument.objects.get(evidence__name="scan.png")


INSERT = "INSERT INTO declarations_appealdocument (appeal_id, evidence_id, replaces) VALUES (%s, %s, %s)"


def insert(damaged, replaces=None, **changed):
    came = {"credit": None, "holder": damaged.appeal.declaration.holder, "uploaded_at": SOON, **changed}
    replaces = replaces or damaged.evidence.uuid
    run(INSERT, damaged.appeal_id, EvidenceFactory(**came).pk, replaces)


def test_the_database_takes_a_copy(damaged):
    insert(damaged)

    assert AppealDocument.objects.filter(replaces=damaged.evidence.uuid).count() == 1


def test_one_copy_comes_in_the_place_of_one(damaged):
    insert(damaged)

    with refused("one copy comes in the place of one document"):
        insert(damaged)


@pytest.mark.parametrize("what", ["of another appeal", "that can be opened", "of a credit"])
def test_what_is_replaced_is_a_damaged_one_of_the_same_appeal(damaged, what):
    of_it = {
        "of another appeal": lambda: AppealDocumentFactory(damaged=True).evidence,
        "that can be opened": lambda: Evidence.objects.get(name="letter.pdf"),
        "of a credit": lambda: EvidenceFactory(holder=damaged.appeal.declaration.holder),
    }

    with refused("what is replaced is a document of the same appeal that cannot be opened"):
        insert(damaged, of_it[what]().uuid)


def test_once_decided_the_database_takes_none(damaged, declaration, reviewer):
    actions.uphold(declaration=declaration, by=reviewer, at=SOON, note="As before.")

    with refused("a document of an appeal comes with it, from the same holder"):
        insert(damaged)
    declaration.refresh_from_db()
    assert declaration.state == State.DENIED


def test_a_copy_of_another_holder_is_refused(damaged):
    with refused("a document of an appeal comes with it, from the same holder"):
        insert(damaged, holder=HolderUserFactory().holder)


def test_the_ledger_names_a_copy_of_no_document_of_its_appeal(damaged, user):
    copy, other = replace(damaged, user), AppealDocumentFactory()
    assert "appeal documents that replace one of another appeal" not in found()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    update(copy, f"replaces = '{other.evidence.uuid}'")

    [difference] = found()["appeal documents that replace one of another appeal"].first
    assert difference.text == f"appeal {copy.appeal_id}; replaces one of appeal {other.appeal_id}"


def test_it_leaves_with_its_appeal(damaged, user, declaration, reviewer):
    """Whoever purges takes the rows of an appeal in one go."""
    replace(damaged, user)
    actions.uphold(declaration=declaration, by=reviewer, at=SOON, note="As before.")

    AppealDocument.objects.filter(appeal=damaged.appeal).delete()
    Evidence.objects.filter(holder=declaration.holder, credit=None).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert not AppealDocument.objects.exists()
