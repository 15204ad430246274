"""Documents whose retention period is over, or not."""

from datetime import date, timedelta

from django.core.files.storage import default_storage

from audits import actions
from declarations.enums import State
from declarations.models import Appeal
from education.models import Evidence
from tests.factories import (
    AllocationFactory,
    AppealDocumentFactory,
    AppealFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    MlsRequirementSetFactory,
    close,
    in_state,
)

ENDED = date(2022, 3, 31)
# With two years of retention the first day on which documents may go.
FREE = date(2024, 4, 1)


def cycle_ending(day, **more):
    return CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=day - timedelta(days=1095), ends_on=day, **more
    )


def documented(cycle, *, closed=True):
    credit = CreditFactory(
        holder=cycle.holder, subjects=["chemistry"], completed_on=cycle.starts_on, self_recorded=True
    )
    AllocationFactory(cycle=cycle, credit=credit)
    document = EvidenceFactory(credit=credit)
    if closed:
        close(cycle)
    return document


def purge(on=FREE):
    return actions.purge_evidence(on=on, today=date(2026, 3, 10))


def is_kept(document):
    return Evidence.objects.filter(pk=document.pk).exists(), default_storage.exists(document.file.name)


def sent_with_appeal(state, at):
    """A document of an appeal, about a cycle that is closed since long."""
    cycle = cycle_ending(ENDED)
    declaration = in_state(DeclarationFactory(holder=cycle.holder, cycle=cycle, state=State.DENIED), state, at=at)
    if state != State.RENEWED:
        close(cycle)
    appeal = Appeal.objects.filter(declaration=declaration).first() or AppealFactory(declaration=declaration)
    return AppealDocumentFactory(appeal=appeal).evidence
