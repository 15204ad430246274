"""Purging deletes file and row of expired evidence, and keeps what a cycle, declaration, audit or appeal needs."""

from datetime import date, timedelta
from io import StringIO

import pghistory
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.enums import Role
from accounts.models import JobRun
from audits import actions
from audits.enums import AuditState
from cmp_portal.lib.clock import board_day
from declarations import actions as declaring
from declarations.enums import State
from declarations.models import AppealDocument
from declarations.queries import verification_of
from education.models import Evidence
from tests.audits.purged.documents import ENDED, FREE, cycle_ending, documented, is_kept, purge, sent_with_appeal
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    AuditFactory,
    CycleFactory,
    DeclarationFactory,
    DeclaredCreditFactory,
    EvidenceFactory,
    HolderUserFactory,
    UserFactory,
    close,
    complete_cycle,
    lead,
)

pytestmark = pytest.mark.django_db
EARLIER = FREE - timedelta(days=1)


@pytest.mark.parametrize(("on", "kept"), [(EARLIER, True), (FREE, False)])
def test_a_document_goes_when_its_time_is_over(document, on, kept):
    removed = [purge(on) for _time in range(2)]

    assert (removed, is_kept(document)) == ([int(not kept), 0], (kept, kept))


def test_a_picture_goes_with_its_preview(document):
    document.preview.save("preview.jpg", ContentFile(b"smaller"))

    purge()

    assert not default_storage.exists(document.preview.name)


@pytest.mark.django_db(transaction=True)
def test_a_credit_that_serves_a_new_cycle_meanwhile_keeps_its_documents(document, in_thread, until_blocked):
    with transaction.atomic():
        AllocationFactory(cycle=CycleFactory(holder=document.holder, mls=True), credit=document.credit)
        purging = in_thread(purge)
        until_blocked()

    assert (purging.result(), is_kept(document)) == (0, (True, True))


def test_its_history_stays(document):
    purge()

    event = Evidence.pgh_event_model.objects.filter(pgh_obj_id=document.pk).latest("pgh_id")
    assert (event.pgh_label, event.sha256, event.holder_id) == ("delete", document.sha256, document.holder_id)


def test_what_was_taken_out_of_view_goes_too(document, now):
    Evidence.objects.filter(pk=document.pk).update(removed_at=now)

    assert (purge(), is_kept(document)) == (1, (False, False))


def test_an_open_cycle_keeps_its_documents():
    document = documented(cycle_ending(ENDED), closed=False)

    assert (purge(), is_kept(document)) == (0, (True, True))


def test_a_later_cycle_of_the_same_credit_keeps_it():
    document = documented(cycle_ending(ENDED), closed=False)
    other = CycleFactory(holder=document.holder, mls=True, starts_on=date(2020, 4, 1), ends_on=date(2023, 3, 31))
    cycle = document.credit.allocations.get().cycle
    AllocationFactory(cycle=other, credit=document.credit)
    close(cycle)
    close(other)

    assert (purge(), is_kept(document)) == (0, (True, True))


def test_what_served_no_cycle_has_no_day_on_which_it_goes():
    document = EvidenceFactory()

    assert (purge(date(2026, 3, 10)), is_kept(document)) == (0, (True, True))


@pytest.mark.parametrize("state", [one for one in State if one != State.DRAFT])
def test_a_declaration_that_is_not_finished_keeps_what_was_signed_with_it(state):
    document = documented(cycle_ending(ENDED), closed=False)
    cycle = document.credit.allocations.get().cycle
    declaration = DeclarationFactory(holder=document.holder, cycle=cycle, state=state)
    DeclaredCreditFactory(declaration=declaration, content={"credit": str(document.credit.uuid), "points": "1.00"})
    if state != State.RENEWED:
        close(cycle)

    kept = state not in {State.RENEWED, State.DENIED, State.WITHDRAWN}
    assert (purge(), is_kept(document)) == (int(not kept), (kept, kept))


@pytest.mark.parametrize("state", list(AuditState))
def test_an_open_audit_keeps_all_its_holder_has(document, state):
    lead(AuditFactory(holder=document.holder), state)

    kept = state not in {AuditState.PASSED, AuditState.FAILED}
    assert (purge(), is_kept(document)) == (int(not kept), (kept, kept))


@pytest.fixture
def sent(now):
    return lambda state: sent_with_appeal(state, now)


@pytest.mark.parametrize("state", [State.APPEALED, State.ELIGIBLE, State.RENEWED, State.DENIED])
def test_an_appeal_keeps_its_documents_until_it_is_over(sent, state):
    document = sent(state)

    kept = state in {State.APPEALED, State.ELIGIBLE}
    assert (purge(EARLIER), purge(), is_kept(document)) == (0, int(not kept), (kept, kept))


def test_which_appeal_a_document_was_of_stays_on_record(sent):
    document = sent(State.DENIED)

    purge()

    event = AppealDocument.pgh_event_model.objects.latest("pgh_id")
    assert (event.pgh_label, event.evidence_id) == ("delete", document.pk)


def test_a_run_that_ended_half_way_is_finished_by_the_next(document):
    """Files go first: a process that is gone before its commit leaves the row, and the next run takes that."""
    default_storage.delete(document.file.name)

    assert (purge(), is_kept(document)) == (1, (False, False))


@pytest.fixture
def renewed(now):
    """A declaration with a document, approved and renewed."""
    cycle = complete_cycle()
    EvidenceFactory(credit=cycle.allocations.first().credit)
    holder, reviewer = HolderUserFactory(holder=cycle.holder), UserFactory(roles=[Role.REVIEWER])
    declaration = declaring.submit(cycle=cycle, attestation=AttestationFactory(), by=holder, at=now)
    declaring.approve(declaration=declaration, by=reviewer, at=now)
    declaring.roll(on=date(2026, 3, 10), at=now)
    return declaration


def test_a_declaration_whose_documents_were_purged_is_still_what_was_signed(renewed):
    with pghistory.context(reason="purge_evidence"):
        removed = actions.purge_evidence(on=date(2030, 1, 1), today=date(2030, 1, 1))

    assert (removed, verification_of(renewed.number).differences) == (1, ())


def test_a_document_that_somebody_else_removed_is_missed(renewed):
    Evidence.objects.all().delete()

    assert "there is no record of it" in verification_of(renewed.number).differences[0]


# --- The command ------------------------------------------------------------------------------------------------------


def command(*args):
    out = StringIO()
    call_command("purge_evidence", *args, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_removes_and_is_on_record(document):
    assert command("--on", "2024-04-01") == ["documents deleted: 1"]
    assert JobRun.objects.get(name="purge_evidence").rows == 1
    assert is_kept(document) == (False, False)


def test_a_dry_run_names_what_would_go_and_removes_nothing(document):
    lines = command("--on", "2024-04-01", "--dry-run")

    assert lines[0] == f"document {document.pk} of credit {document.credit_id}, {document.size:,} bytes"
    assert (lines[1].startswith("documents that would be deleted: 1 ("), is_kept(document)) == (True, (True, True))


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_without_a_period_of_the_board_nothing_may_go(settings, document, dry):
    settings.EVIDENCE_RETENTION_YEARS = None

    with pytest.raises(CommandError, match="has not specified how long") as refusal:
        command("--on", "2024-04-01", *dry)

    assert (refusal.value.returncode, is_kept(document)) == (2, (True, True))
    assert not JobRun.objects.exists()


def test_what_may_go_tomorrow_stays_today(document, now):
    tomorrow = board_day(now) + timedelta(days=1)

    with pytest.raises(CommandError, match="in the future") as refusal:
        command("--on", tomorrow.isoformat())

    assert (refusal.value.returncode, is_kept(document)) == (2, (True, True))
