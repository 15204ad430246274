"""A holder's data as an archive, and its import where they are unknown."""

import hashlib
import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pgtrigger
import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.urls import reverse

from accounts.models import Holder
from cmp_portal import ledger
from cmp_portal.archive import archive_of
from cmp_portal.export import export_file
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.consistency import Scope
from cmp_portal.lib.uploads import FileCondition
from cmp_portal.loading import LEFT_OUT, NotLoaded, load_archive
from cmp_portal.management.commands.export_holder import whole_or_gone
from credentials.models import ActivityKind, Area, CredentialType, KindUnit, RequirementSet, Rule, Subject
from declarations.enums import State
from declarations.models import Attestation, Declaration, Waiting
from education.models import Evidence, Provider
from tests.declarations.reviews import submitted
from tests.factories import (
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderUserFactory,
)
from tests.full_record import known_holder

pytestmark = pytest.mark.django_db
REFERENCE = (Subject, ActivityKind, KindUnit, CredentialType, RequirementSet, Area, Rule, Provider, Attestation)


@pytest.fixture
def holder(now):
    return HolderUserFactory(holder__last_name="Ünal").holder


@pytest.fixture
def declared(now):
    return known_holder()


def document_of(holder, **what):
    return EvidenceFactory(credit=CreditFactory(holder=holder, self_recorded=True), **what)


def opened(holder, at):
    return ZipFile(BytesIO(b"".join(archive_of(holder, at=at))))


def taken(holder, at):
    return json.loads("".join(export_file(holder, at=at)))


def test_archive_is_sent_as_a_download(client, holder):
    client.force_login(holder.user)

    answer = client.get(reverse("export_archive"))

    assert (answer["Content-Type"], answer["Content-Disposition"], answer.streaming) == (
        "application/zip",
        'attachment; filename="my-record-2026-03-10.zip"',
        True,
    )
    assert ZipFile(BytesIO(answer.getvalue())).namelist() == ["record.json"]


def test_page_leads_to_it(client, holder):
    client.force_login(holder.user)

    assert reverse("export_archive") in client.get(reverse("export")).content.decode()


def test_record_is_the_same_as_alone(declared, now):
    assert json.loads(opened(declared, now).read("record.json")) == taken(declared, now)


def test_what_is_printed_is_in_it(declared, now):
    archive = opened(declared, now)

    declaration, cycle = declared.declarations.get(), declared.cycles.get()
    papers = [f"declarations/{declaration.number}.pdf", f"transcripts/{cycle.pk}-transcript-mls-ascp-2026-03-31.pdf"]
    assert sorted(name for name in archive.namelist() if name.endswith(".pdf") and "documents" not in name) == papers
    assert [archive.read(paper)[:5] for paper in papers] == [b"%PDF-", b"%PDF-"]


def test_documents_are_in_it_byte_by_byte(declared, now):
    evidence = Evidence.objects.get(holder=declared, name="scan of it.pdf")

    assert opened(declared, now).read(f"documents/{evidence.uuid}/scan_of_it.pdf") == evidence.file.read()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "???", "\n", "ü" * 100])
def test_no_name_leads_out_of_its_folder(holder, now, name):
    document = document_of(holder)
    Evidence.objects.filter(pk=document.pk).update(name=name)

    (path,) = [one for one in opened(holder, now).namelist() if one.startswith("documents")]
    folder, _, own = path.rpartition("/")
    assert (folder, bool(own.strip("."))) == (f"documents/{document.uuid}", True)


def test_what_is_harmful_stays_where_it_is(holder, now):
    document_of(holder, condition=FileCondition.INFECTED, checked_at=now)

    assert opened(holder, now).namelist() == ["record.json"]


def test_archive_is_packed_as_often_as_it_may_be(client, settings):
    settings.ARCHIVES_PER_LOGIN = "2/h/user"
    client.force_login(HolderUserFactory())

    answers = [client.get(reverse("export_archive")).status_code for _time in range(3)]

    client.force_login(HolderUserFactory())
    assert (answers, client.get(reverse("export_archive")).status_code) == ([200, 200, 429], 200)


def test_a_document_that_is_lost_is_named(holder, now):
    lost = document_of(holder, name="scan.pdf")
    lost.file.storage.delete(lost.file.name)

    assert opened(holder, now).read("missing.txt").decode() == f"documents/{lost.uuid}/scan.pdf\n"


# --- And back -------------------------------------------------------------------------------------------------------


def packed_up(make, now):
    """What there was of a holder, and their archive; of all that was there the reference data alone is left."""
    before = transaction.savepoint()
    holder = make()
    told, archive = taken(holder, now), opened(holder, now)
    rows = serializers.serialize("json", (row for model in REFERENCE for row in model.objects.order_by("pk")))
    transaction.savepoint_rollback(before)
    with pgtrigger.ignore():  # a set that was declared under takes no areas
        for row in serializers.deserialize("json", rows):
            row.save()
    assert not Holder.objects.exists()
    return told, archive


@pytest.fixture
def packed(now):
    return packed_up(known_holder, now)


@pytest.fixture
def waiting(now):
    """The archive of a holder whose declaration waits for the Board."""
    return packed_up(lambda: submitted(spare=True).holder, now)[1]


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
            "activity kind named in the archive is not in this portal: sleep; add it first",
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


def test_nobody_is_taken_in_twice(packed, now):
    load_archive(packed[1], at=now)

    with pytest.raises(NotLoaded, match="already"):
        load_archive(packed[1], at=now)


# --- By hand --------------------------------------------------------------------------------------------------------


def test_commands_write_and_read_the_same_file(packed, now, tmp_path, capsys):
    holder, file = load_archive(packed[1], at=now), tmp_path / "record.zip"

    call_command("export_holder", holder.customer_number, str(file))

    assert ZipFile(file).namelist() == packed[1].namelist()
    with pytest.raises(CommandError, match="already") as refusal:
        call_command("load_holder", str(file))
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("number", ["0", ""])
def test_command_knows_whom_it_does_not_know(now, tmp_path, number):
    with pytest.raises(CommandError) as refusal:
        call_command("export_holder", number, str(tmp_path / "record.zip"))

    assert (refusal.value.returncode, list(tmp_path.iterdir())) == (2, [])


def test_command_overwrites_nothing(holder, tmp_path):
    (tmp_path / "record.zip").write_text("mine")

    with pytest.raises(CommandError, match="already"):
        call_command("export_holder", holder.customer_number, str(tmp_path / "record.zip"))

    assert (tmp_path / "record.zip").read_text() == "mine"


def test_command_says_where_it_cannot_write(holder, tmp_path):
    with pytest.raises(CommandError, match="can't be written: No such file or directory") as refusal:
        call_command("export_holder", holder.customer_number, str(tmp_path / "missing" / "record.zip"))

    assert refusal.value.returncode == 2


@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, OSError("the disk is full")])
def test_command_leaves_no_half_archive(tmp_path, stopped_by):
    file = tmp_path / "record.zip"

    with pytest.raises((KeyboardInterrupt, OSError)), file.open("xb") as written, whole_or_gone(file):
        written.write(b"PK")
        raise stopped_by

    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"hello"])
def test_command_refuses_what_is_no_archive(db, tmp_path, content):
    (tmp_path / "record.zip").write_bytes(content)

    with pytest.raises(CommandError) as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    assert refusal.value.returncode == 2


def test_command_says_what_it_cannot_read(db, tmp_path):
    with pytest.raises(CommandError, match="can't be read: Is a directory") as refusal:
        call_command("load_holder", str(tmp_path))

    assert refusal.value.returncode == 2


def damaged(content):
    """Its first entry is of bytes that unpack to nothing."""
    return content[:60] + bytes(byte ^ 0x55 for byte in content[60:260]) + content[260:]


def locked(content):
    """Its last entry says that it needs a password."""
    at = content.rindex(b"PK\x01\x02") + 8
    return content[:at] + b"\x01" + content[at + 1 :]


@pytest.mark.parametrize("spoil", [damaged, locked])
def test_command_refuses_an_archive_that_was_damaged(holder, now, tmp_path, spoil):
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("record.json", "".join(export_file(holder, at=now)))
    (tmp_path / "record.zip").write_bytes(spoil(packed.getvalue()))

    with pytest.raises(CommandError, match="is inconsistent or damaged") as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    assert refusal.value.returncode == 2


def _another(record, **changes):
    return json.dumps(record | {"register": [record["register"][0] | {"customer_number": "7"} | changes]})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda record: "{", "record.json is not JSON"),
        (lambda record: "[]", "record.json is not laid out as export_holder writes it"),
        (lambda record: "{}", "record.json, or a part or field in it, is missing"),
        (lambda record: _another(record, birth_month=13), "a value in record.json is not allowed"),
    ],
    ids=["half", "list", "empty", "no such month"],
)
def test_command_says_what_is_wrong_with_a_record(holder, now, tmp_path, spoil, words):
    record = json.loads("".join(export_file(holder, at=now)))
    with ZipFile(tmp_path / "record.zip", "w") as archive:
        archive.writestr("record.json", spoil(record))

    with pytest.raises(CommandError) as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    told = f"nothing was loaded: the archive is inconsistent or damaged: {words}; export the holder again"
    assert str(refusal.value) == told
