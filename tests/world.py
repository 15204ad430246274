"""A small consistent world with a cycle in each stage, created through the portal's own actions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.enums import Role
from accounts.models import User
from audits.enums import AuditMove, AuditState
from audits.models import Audit, AuditStep, Finding
from audits.rules.moves import MOVES
from credentials.models import Cycle
from declarations import actions
from declarations.enums import State
from declarations.models import Declaration, Fee
from education.actions import allocate, refresh_status
from education.models import Allocation, Evidence
from tests.factories import (
    AlertFactory,
    AllocationFactory,
    AttestationFactory,
    AuditStepFactory,
    CreditFactory,
    CycleFactory,
    EntryFactory,
    EvidenceFactory,
    FeeFactory,
    FindingFactory,
    HolderUserFactory,
    IntakeBatchFactory,
    IntakeRowFactory,
    KindUnitFactory,
    NotAvailableFactory,
    RoundFactory,
    StratumFactory,
    SubjectFactory,
    UserFactory,
    audit_in,
    complete_cycle,
    in_state,
)


@dataclass
class World:
    """The rows in which faults are planted."""

    share: Allocation
    submitted: Declaration
    returned: Declaration
    renewed: Declaration
    appealed: Declaration
    finding: Finding
    evidence: Evidence
    fee: Fee
    reviewer: User


def build(at: datetime) -> World:
    for code in ("chemistry", "safety", "management", "ethics", "blood-banking", "hematology", "microbiology"):
        SubjectFactory(code=code)
    KindUnitFactory()
    AlertFactory()
    IntakeRowFactory(batch=IntakeBatchFactory(lines=1, unmatched=1))
    reviewer = UserFactory(roles=[Role.REVIEWER])
    submitted, returned, renewed, denied, audited = (_submitted(at) for _time in range(5))
    actions.send_back(declaration=returned, by=reviewer, at=at, note="Please correct the date of the course.")
    actions.approve(declaration=renewed, by=reviewer, at=at)
    actions.deny(declaration=denied, by=reviewer, at=at, note="The courses are not related to the laboratory.")
    denied.refresh_from_db()
    in_state(audited, State.UNDER_AUDIT, at=at)
    audit = audit_in(AuditState.UNDER_REVIEW, declaration=audited)
    finding = FindingFactory(audit=audit, declared_credit=audited.declared.first())
    _audit_went_so_far(audit)
    kind = audited.cycle.credential.credential_type
    lists = StratumFactory(round=RoundFactory(drawn=True), credential_type=kind, population=1, drawn=1)
    EntryFactory(declaration=audited, stratum=lists, is_drawn=True)
    evidence = EvidenceFactory(holder=submitted.holder)
    return World(
        share=_shares_of_one_credit(at),
        submitted=submitted,
        returned=returned,
        renewed=renewed,
        appealed=in_state(denied, State.APPEALED, at=at),
        finding=finding,
        evidence=evidence,
        fee=FeeFactory(declaration=submitted, paid=True),
        reviewer=reviewer,
    )


def _audit_went_so_far(audit: Audit) -> None:
    """Request documents, have all but one handed in, and begin the review."""
    for move in (AuditMove.REQUEST, AuditMove.HAND_IN, AuditMove.BEGIN):
        before = AuditStep.objects.filter(audit=audit).order_by("id").last()
        state = before.to_state if before else AuditState.SELECTED
        AuditStepFactory(audit=audit, move=move, from_state=state, to_state=MOVES[move][1])
    NotAvailableFactory(audit=audit)


def _submitted(at: datetime) -> Declaration:
    """A declaration of a complete cycle that ends this month."""
    cycle = complete_cycle(at=at)
    user = HolderUserFactory(holder=cycle.holder)
    return actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=at)


def _shares_of_one_credit(at: datetime) -> Allocation:
    """A credit that serves two credentials, in two areas of the first; also creates an expired cycle."""
    cycle = CycleFactory(mls=True)
    user = HolderUserFactory(holder=cycle.holder)
    credit = CreditFactory(holder=cycle.holder, points=Decimal(2))
    for of, code, points in ((cycle, "chemistry", "1.50"), (cycle, "rest", "0.50"), (_other(cycle), "chemistry", "2")):
        area = of.requirement_set.areas.get(code=code)
        allocate(credit=credit, cycle=of, area=area, points=Decimal(points), by=user, at=at)
    expired = AllocationFactory(cycle__ended=True).cycle
    refresh_status([expired.pk], at=at)
    return Allocation.objects.get(cycle=cycle, area__code="chemistry")


def _other(cycle: Cycle) -> Cycle:
    return CycleFactory(holder=cycle.holder)
