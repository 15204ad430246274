"""An archive loaded where its holder is unknown."""

import hashlib
import json
from io import BytesIO
from zipfile import ZipFile

import pgtrigger
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from accounts.enums import Role
from accounts.models import Alert, Holder
from cmp_portal import ledger
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.consistency import Scope
from cmp_portal.loading import LEFT_OUT, NotLoaded, load_archive
from credentials.enums import ClaimState
from credentials.models import RequirementSet
from declarations import actions
from declarations.enums import State
from declarations.models import Declaration, Waiting
from education.models import Evidence, Provider
from education.queries.consistency import document_fault
from tests.cmp_portal.archive.archives import opened, packed_up, taken
from tests.factories import (
    AttestationFactory,
    ClaimFactory,
    CredentialFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderFactory,
    HolderUserFactory,
    UserFactory,
    complete_cycle,
)

pytestmark = pytest.mark.django_db


def without(told):
    return {name: rows for name, rows in told.items() if name not in LEFT_OUT}


def test_what_is_taken_in_is_what_was_packed(packed, now):
    told, archive = packed

    holder = load_archive(archive, at=now)

    assert without(taken(holder, now)) == without(told)


def test_there_was_something_of_nearly_everything(packed):
    told, _archive = packed

    assert {name for name, rows in told.items() if not rows} - {*LEFT_OUT} == {
        "letters", "digests", "holds", "claims", "synchronisation_requests", "audits", "findings", "audit_steps",
        "not_available",
    }  # fmt: skip


def test_attempts_to_claim_a_record_are_taken_in(now):
    """Those to another holder's record, which may be unknown here, are left out."""

    def claimed():
        credential = CredentialFactory(holder=HolderUserFactory().holder)
        holder, own = credential.holder, credential.certificate_number
        by_them = {"user": holder.user, "made_at": now}
        ClaimFactory(certificate_number=own, **by_them)
        ClaimFactory(certificate_number="of nobody", **by_them)
        decided = {"state": ClaimState.TURNED_DOWN, "decided_at": now, "decided_by": UserFactory()}
        ClaimFactory(certificate_number="of another", holder=HolderFactory(), **decided, **by_them)
        ClaimFactory(certificate_number=own, state=ClaimState.LINKED, holder=holder, **by_them)
        return holder

    holder = load_archive(packed_up(claimed, now)[1], at=now)

    own = holder.credentials.get().certificate_number
    assert list(holder.user.claims.order_by("id").values_list("certificate_number", "state", "holder")) == [
        (own, ClaimState.REFUSED, None),
        ("of nobody", ClaimState.REFUSED, None),
        (own, ClaimState.LINKED, holder.pk),
    ]


def test_documents_are_taken_in_too(packed, now):
    load_archive(packed[1], at=now)

    document = Evidence.objects.get(name="scan of it.pdf")
    assert hashlib.sha256(document.file.read()).hexdigest() == document.sha256


def test_nobody_gets_in_by_it(packed, now):
    holder = load_archive(packed[1], at=now)

    assert (holder.user.has_usable_password(), holder.user.roles) == (False, [])


def test_roles_are_not_taken_from_a_file(packed, now):
    holder = load_archive(changed(packed[1], lambda record: record["login"][0].update(roles=["administrator"])), at=now)

    assert holder.user.roles == []


def test_history_says_when_it_was_taken_in(packed, now):
    holder = load_archive(packed[1], at=now)

    assert Holder.pgh_event_model.objects.filter(pgh_obj_id=holder.pk).count() == 1


def test_the_next_cycle_has_a_number_of_its_own(packed, now):
    load_archive(packed[1], at=now)

    assert CycleFactory(mls=True).pk > max(cycle["id"] for cycle in packed[0]["cycles"])


def numbered(number):
    """Another holder's declaration with this number."""
    declaration = DeclarationFactory(cycle__mls=True, state=State.SUBMITTED)
    with pgtrigger.ignore():
        Declaration.objects.filter(pk=declaration.pk).update(number=number)


def test_a_later_declaration_gets_no_number_that_was_taken_in(packed, now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE declarations_declaration_id_seq RESTART WITH 1")

    holder = load_archive(packed[1], at=now)

    serial = int(holder.declarations.get().number.rpartition("-")[2])
    assert DeclarationFactory().pk > serial


def test_ledger_finds_no_difference_in_what_was_taken_in(waiting, now):
    load_archive(waiting, at=now)

    reading = ledger.Reading(show=lambda checks, rows: None)
    scope = Scope(on=board_day(now), tick=reading.tick)
    assert [found for found in reading.through(ledger.checks(), scope) if not found.is_note] == []


def test_requirements_signed_under_change_no_more(packed, now):
    with pgtrigger.ignore():
        RequirementSet.objects.update(frozen_at=None)

    holder = load_archive(packed[1], at=now)

    assert holder.declarations.get().requirement_set.frozen_at == now


def test_what_waits_for_the_board_is_in_its_queue(waiting, now):
    holder = load_archive(waiting, at=now)

    assert Waiting.objects.get().declaration == holder.declarations.get()


def test_nobody_is_asked_to_declare_what_was_declared(now):
    """As after an account was closed, an archive may hold no alerts."""

    def renewed():
        cycle = complete_cycle(at=now)
        user = HolderUserFactory(holder=cycle.holder)
        declaration = actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=now)
        actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=now)
        Alert.objects.all().delete()
        return cycle.holder

    holder = load_archive(packed_up(renewed, now)[1], at=now)

    assert [one.title for one in holder.alerts.order_by("id")] == []


def test_a_provider_is_known_by_its_code(packed, now):
    Provider.objects.update(title="Renamed since")

    assert load_archive(packed[1], at=now)


@pytest.mark.parametrize(
    ("taken_here", "words"),
    [
        (lambda told: CycleFactory(mls=True, pk=told["cycles"][0]["id"]), "holder's cycle has the id"),
        (lambda told: numbered(told["declarations"][0]["number"]), "holder's declaration has the number"),
    ],
)
def test_what_is_taken_here_already_is_named(packed, now, taken_here, words):
    taken_here(packed[0])

    with pytest.raises(NotLoaded, match=words):
        load_archive(packed[1], at=now)


def test_database_that_fails_is_no_fault_of_the_archive(packed, now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE education_credit RENAME TO elsewhere")

    with pytest.raises(ProgrammingError), transaction.atomic():
        load_archive(packed[1], at=now)


def test_guards_are_awake_again(packed, now):
    holder = load_archive(packed[1], at=now)

    with pytest.raises(InternalError), transaction.atomic():
        holder.declarations.get().steps.all().delete()


def changed(archive, change):
    """The same archive with another record in it."""
    record = json.loads(archive.read("record.json"))
    change(record)
    written = BytesIO()
    with ZipFile(written, "w") as other:
        other.writestr("record.json", json.dumps(record))
        for name in archive.namelist():
            if name != "record.json":
                other.writestr(name, archive.read(name))
    return ZipFile(written)


def points(record):
    record["declared_credits"][0]["content"]["points"] = "99.00"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(points, "does not match what was signed", id="signed"),
        pytest.param(lambda record: record.pop("credits"), "is missing", id="a part is missing"),
        pytest.param(lambda record: record["credits"][0].update(points="much"), "is not allowed", id="no number"),
        pytest.param(lambda record: record["credits"][0].update(points="-1"), "is not allowed", id="no such credit"),
        pytest.param(
            lambda record: record["credits"][0].update(kind="sleep"),
            "the archive names what is not in this portal: activity kind sleep; add it first",
            id="no such kind",
        ),
        pytest.param(lambda record: record["register"].clear(), "is not laid out", id="nobody"),
        pytest.param(
            lambda record: record["evidence"][0].update(sha256="0" * 64), "is not the file", id="other document"
        ),
    ],
)
def test_what_does_not_hold_together_is_refused_as_a_whole(packed, now, change, words):
    with pytest.raises(NotLoaded, match=words):
        load_archive(changed(packed[1], change), at=now)

    assert not Holder.objects.exists()


def test_everything_that_is_not_here_is_named_at_once(packed, now):
    def of_elsewhere(record):
        first, second, *_others = record["credits"]
        first.update(provider_code="north", kind="sleep")
        second.update(provider_code="south", kind="sleep")

    with pytest.raises(NotLoaded, match=r"portal: activity kind sleep, provider north, provider south; add it first$"):
        load_archive(changed(packed[1], of_elsewhere), at=now)


def bereft(archive):
    """The same archive from where the documents had been lost."""
    written = BytesIO()
    with ZipFile(written, "w") as other:
        for name in archive.namelist():
            if not name.startswith("documents/"):
                other.writestr(name, archive.read(name))
        other.writestr("missing.txt", "documents/…\n")
    return ZipFile(written)


def test_document_that_was_lost_elsewhere_is_lost_here_too(now):
    def documented():
        return EvidenceFactory().credit.holder

    _told, archive = packed_up(documented, now)

    holder = load_archive(bereft(archive), at=now)

    document = Evidence.objects.get()
    assert document_fault(document.file.name, document.size, document.sha256) == "the file is missing"
    assert opened(holder, now).read("missing.txt").decode() == f"documents/{document.uuid}/{document.name}\n"


def test_lost_document_that_was_signed_is_the_reason_named(now):
    def declared():
        cycle = complete_cycle(at=now)
        EvidenceFactory(credit=cycle.allocations.order_by("id").first().credit)
        user = HolderUserFactory(holder=cycle.holder)
        actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=now)
        return cycle.holder

    _told, archive = packed_up(declared, now)

    with pytest.raises(NotLoaded, match=r"not match what was signed; missing\.txt in the archive lists"):
        load_archive(bereft(archive), at=now)


def test_nobody_is_taken_in_twice(packed, now):
    load_archive(packed[1], at=now)

    with pytest.raises(NotLoaded, match="already"):
        load_archive(packed[1], at=now)
