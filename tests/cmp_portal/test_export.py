"""A holder's data as one file: complete, nobody else's, and with a constant number of queries."""

import json
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import LetterKind
from accounts.models import Alert, Holder, User
from accounts.queries.export import export_of as accounts_export
from audits.enums import AuditState
from cmp_portal.export import export_file
from credentials.enums import ClaimState
from declarations.enums import Ruled, State
from tests.access.world import record
from tests.factories import (
    AllocationFactory,
    AuditFactory,
    AuditStepFactory,
    ClaimFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    FindingFactory,
    HolderFactory,
    HolderUserFactory,
    LetterFactory,
    NotAvailableFactory,
    NoteFactory,
    RulingFactory,
    UserFactory,
    audit_in,
    in_state,
)

pytestmark = pytest.mark.django_db
QUERIES = 43
# Rows of holders that say nothing of their own.
DERIVED = {
    "account.EmailConfirmation": "none is kept: the links are signed",
    "education.AllocationUndo": "what an undo would bring back",
    "education.CycleStatus": "worked out from shares",
    "education.IntakeRow": "a line of a feed, whose credit is told",
    "declarations.Checkout": "a way to a payment, which is told",
    "declarations.Waiting": "the Board's queue, worked out from declarations",
    "declarations.AtWork": "which reviewer looks at it",
    "audits.Colleague": "whom an auditor may not look at",
    "audits.Entry": "what a draw was made among, which is published",
}


@pytest.fixture
def holder(now):
    holder = HolderFactory()
    HolderUserFactory(holder=holder)
    return holder


def taken(holder, now):
    return json.loads("".join(export_file(holder, at=now)))


def test_file_is_sent_as_a_download(client, holder):
    client.force_login(holder.user)

    answer = client.get(reverse("export_file"))

    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/json",
        'attachment; filename="my-record-2026-03-10.json"',
    )
    assert answer.streaming
    assert json.loads(answer.getvalue())["register"][0]["customer_number"] == holder.customer_number


def test_page_leads_to_it(client, holder):
    client.force_login(holder.user)

    assert reverse("export_file") in client.get(reverse("export")).content.decode()


def test_credit_is_told_with_its_documents_and_shares(holder, now):
    cycle = CycleFactory(holder=holder, mls=True)
    credit = CreditFactory(holder=holder, title="Élan “vital”", points=Decimal("2.5"), subjects=["chemistry"])
    AllocationFactory(cycle=cycle, credit=credit, area__code="chemistry", points=Decimal("1.5"))
    document = EvidenceFactory(credit=credit, name="scan.pdf")

    found = taken(holder, now)

    (told,), (share,), (paper,) = found["credits"], found["allocations"], found["evidence"]
    assert (told["title"], told["points"], told["completed_on"]) == (
        "Élan “vital”",
        "2.50",
        credit.completed_on.isoformat(),
    )
    requirements = {"requirements": cycle.requirement_set.version, "requirements_for": "MLS(ASCP)"}
    assert share == {
        "points": "1.50",
        "cycle": cycle.pk,
        "credit": str(credit.uuid),
        "area": "chemistry",
        **requirements,
    }
    assert (paper["name"], paper["sha256"], paper["size"]) == ("scan.pdf", document.sha256, document.size)


def test_declaration_is_told_with_its_receipt(holder, now):
    declaration = DeclarationFactory(holder=holder, state=State.SUBMITTED)

    (told,) = taken(holder, now)["declarations"]

    assert (told["number"], told["state"], told["attestation"]) == (
        declaration.number,
        "submitted",
        declaration.attestation.text,
    )
    assert told["received_on"] == declaration.received_on.isoformat()


@pytest.mark.parametrize("words", ['"}],"roles":["administrator"],"x":[{"', "\\", "</script>\u2028\n\t", "{{ 7 }}"])
def test_words_that_look_like_json_stay_words(holder, now, words):
    CreditFactory(holder=holder, self_recorded=True, title=words)

    found = json.dumps(taken(holder, now))

    assert json.dumps(words) in found
    assert '"roles": ["administrator"]' not in found


def test_nothing_at_all_is_still_a_whole_file(holder, now):
    found = taken(holder, now)

    assert [len(found[name]) for name in ("register", "login", "credits", "declarations")] == [1, 1, 0, 0]


def test_no_table_of_a_holder_is_forgotten(holder, now, settings):
    settings.FEES = True

    with CaptureQueriesContext(
        connection,
    ) as asked:
        taken(holder, now)

    sql = " ".join(query["sql"] for query in asked)
    forgotten = {model._meta.label for model in of_a_holder() if f'"{model._meta.db_table}"' not in sql}
    assert forgotten == set(DERIVED)


def of_a_holder():
    """Every model whose rows lead to one holder, but for what tracks changes of others."""
    ours = {"accounts", "credentials", "education", "declarations", "audits", "account", "mfa", "usersessions"}
    models = [model for model in apps.get_models() if model._meta.app_label in ours and not hasattr(model, "pgh_id")]
    found = {Holder, User}
    while more := {model for model in models if model not in found and belongs(model, found)}:
        found |= more
    return found


def belongs(model, owners):
    links = [field for field in model._meta.get_fields() if field.many_to_one or field.one_to_one]
    return any(field.concrete and field.related_model in owners and not says_who(field) for field in links)


def says_who(field):
    """Who of the Board did something is not whose it is."""
    return field.name.endswith("by") or field.name == "auditor"


def test_nothing_is_of_anybody_else(holder, now):
    record(holder)
    before = taken(holder, now)
    other = HolderUserFactory(holder__first_name="Zyx", holder__last_name="Other").holder
    rows = record(other)
    AuditFactory(holder=other)
    ClaimFactory(user=other.user, holder=holder, state=ClaimState.CONTESTED)

    found = taken(holder, now)

    assert found == before
    text = json.dumps(found)
    assert [name for name in (other.email, other.user.email, other.customer_number) if name in text] == []
    assert [str(row) for row in rows.values() if len(str(row)) == 36 and str(row) in text] == []


@pytest.mark.parametrize("number", [1, 40])
def test_number_of_queries_is_the_same_for_few_and_many(holder, now, django_assert_num_queries, number):
    CreditFactory.create_batch(number, holder=holder)

    with django_assert_num_queries(QUERIES):
        assert len(taken(holder, now)["credits"]) == number


# --- What the Board keeps to itself -----------------------------------------------------------------------------------


@pytest.fixture
def declaration(holder):
    return DeclarationFactory(holder=holder, state=State.SUBMITTED)


def test_notes_among_staff_stay_there(holder, declaration, now):
    NoteFactory(declaration=declaration, is_shared=False, text="Look at this one again.")
    NoteFactory(declaration=declaration, is_shared=True, text="We are on it.")

    assert [note["text"] for note in taken(holder, now)["notes"]] == ["We are on it."]


def test_ruling_is_told_with_the_answer(holder, now):
    ruling = RulingFactory(declaration__holder=holder, outcome=Ruled.REFUSED, reason="It is a staff meeting.")
    assert taken(holder, now)["rulings"] == []

    in_state(ruling.declaration, State.RETURNED)
    assert [ruling["reason"] for ruling in taken(holder, now)["rulings"]] == ["It is a staff meeting."]


def test_finding_is_told_with_the_outcome(holder, now):
    finding = FindingFactory(audit=audit_in(AuditState.UNDER_REVIEW, holder=holder), reason="Not legible.")
    assert taken(holder, now)["findings"] == []

    type(finding.audit).objects.filter(pk=finding.audit.pk).update(
        state="failed", decided_at=now, decided_by=UserFactory()
    )
    assert len(taken(holder, now)["findings"]) == 1


def test_an_audit_is_told_without_what_auditors_say_among_themselves(holder, now):
    step = AuditStepFactory(audit__holder=holder, note="Copies will do.")
    AuditStepFactory(audit=step.audit, move="take", to_state="selected", note="Mine.")
    NotAvailableFactory(audit=step.audit, reason="Lost in a fire.")

    record = taken(holder, now)

    assert [one["note"] for one in record["audit_steps"]] == ["Copies will do."]
    assert [one["reason"] for one in record["not_available"]] == ["Lost in a fire."]


def test_no_secret_is_in_it(holder, now):
    rows = record(holder)
    text = json.dumps(taken(holder, now))

    assert [name for name in ("calendar", "invitation", "mailed") if str(rows[name]) in text] == []
    assert holder.user.password not in text
    assert Alert.objects.filter(holder=holder).exists()


def test_letters_to_whoever_claimed_the_record_are_not_theirs(holder):
    LetterFactory(holder=holder, kind=LetterKind.CLAIM_ANSWERED, email="claimant@example.org", language="en")
    own = LetterFactory(holder=holder)

    [letters] = [part for part in accounts_export(holder) if part.name == "letters"]

    assert [row["email"] for row in letters] == [own.email]
