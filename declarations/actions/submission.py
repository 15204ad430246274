"""Submitting: what is signed is frozen, and the receipt stands."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import withdraw_alerts
from accounts.enums import AlertKind, Withdrawal
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import patient
from credentials.models import Cycle, RequirementSet
from declarations import queries, rules
from declarations.actions.moves import move, tell_moves
from declarations.actions.reminders import STEPS
from declarations.enums import Move
from declarations.models import Attestation, Declaration, DeclaredCredit
from education.actions import lock_cycle
from education.models import Allocation, CycleStatus, Evidence
from education.queries import window_of
from education.rules import Standing


class NotReady(Exception):
    """The cycle can't be declared now; `readiness` says why."""

    def __init__(self, readiness: queries.Readiness) -> None:
        super().__init__(", ".join(readiness.blockers))
        self.readiness = readiness


@patient
@transaction.atomic
def submit(*, cycle: Cycle, attestation: Attestation, by: User, at: datetime) -> Declaration:
    """Submits the declaration of a cycle; sent twice, it is one declaration with one receipt.

    Raises NotReady before the window opens, while requirements are missing, or once the cycle is renewed.
    """
    cycle = lock_cycle(cycle.pk)
    declaration = Declaration.objects.select_for_update().filter(cycle=cycle, state__in=rules.LIVE).first()
    if declaration is not None and not rules.can_move(declaration.state, Move.SUBMIT):
        return declaration
    readiness = queries.readiness_of(cycle, on=board_day(at))
    if readiness.blockers:
        raise NotReady(readiness)
    if declaration is None:
        declaration = Declaration.objects.create(holder_id=cycle.holder_id, cycle=cycle, created_at=at)
    _receive(declaration, cycle, attestation, readiness.standing, at=at)
    step = move(declaration, Move.SUBMIT, by=by, at=at)
    _freeze(declaration, cycle, at=at)
    _withdraw_requests(declaration, at=at)
    tell_moves([step], kind=AlertKind.DECLARATION_MOVED, title=_("Declaration for %(credential)s received"))
    return declaration


def _receive(
    declaration: Declaration, cycle: Cycle, attestation: Attestation, standing: Standing, *, at: datetime
) -> None:
    """The number and the first receipt are given once; what is signed, anew at each submission."""
    day = board_day(at)
    if declaration.received_at is None:
        declaration.received_at, declaration.received_on = at, day
        declaration.number = f"{day.year}-{declaration.pk:08d}"
    declaration.attestation = attestation
    declaration.requirement_set = cycle.requirement_set
    window = window_of(cycle, on=declaration.received_on or day)
    declaration.window_starts_on, declaration.window_ends_on = window.starts_on, window.ends_on
    declaration.counted = standing.total.counted
    declaration.save()


def _freeze(declaration: Declaration, cycle: Cycle, *, at: datetime) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(declared_on=declaration.received_on, shares_frozen_at=at)
    RequirementSet.objects.filter(pk=cycle.requirement_set_id, frozen_at=None).update(frozen_at=at)
    submission = declaration.steps.filter(move=Move.SUBMIT).count()
    previous, rows = "", []
    for position, content in enumerate(_contents(cycle), start=1):
        digest = rules.chained(previous, content)
        rows.append(
            DeclaredCredit(
                declaration=declaration,
                submission=submission,
                position=position,
                content=content,
                previous_hash=previous,
                hash=digest,
            )
        )
        previous = digest
    DeclaredCredit.objects.bulk_create(rows)


def _contents(cycle: Cycle) -> list[dict[str, object]]:
    """Every share as it is signed, in the order of the areas and days."""
    shares = Allocation.objects.filter(cycle=cycle).select_related("area", "credit__kind", "credit__provider")
    digests: dict[int, list[str]] = {}
    documents = Evidence.objects.filter(credit__allocations__cycle=cycle, removed_at=None).distinct()
    for credit, digest in documents.order_by("id").values_list("credit", "sha256"):
        digests.setdefault(credit, []).append(digest)
    ordered = shares.order_by("area__position", "credit__completed_on", "credit", "id")
    return [_content(share, digests.get(share.credit_id, [])) for share in ordered]


def _content(share: Allocation, digests: list[str]) -> dict[str, object]:
    credit = share.credit
    return {
        "area": share.area.code,
        "area_title": share.area.title,
        "points": str(share.points),
        "credit": str(credit.uuid),
        "title": credit.title,
        "provider": credit.provider.title if credit.provider else credit.provider_name,
        "external_id": credit.external_id or "",
        "kind": credit.kind.code,
        "subjects": sorted(credit.subjects),
        "completed_on": credit.completed_on.isoformat(),
        "credit_points": str(credit.points),
        "evidence": digests,
    }


def _withdraw_requests(declaration: Declaration, *, at: datetime) -> None:
    """The request to declare has been met, and what reminded of the end has done its work."""
    cycle = declaration.cycle_id
    times = CycleStatus.objects.filter(cycle=cycle).values_list("times_completed", flat=True).first()
    kinds = (AlertKind.ALL_ALLOCATED, AlertKind.READY_TO_DECLARE)
    keys = [f"{kind}:{cycle}:{times}" for kind in kinds]
    keys += [f"{AlertKind.EXPIRES_SOON}:{cycle}:{step}" for step in STEPS] + [f"{AlertKind.EXPIRED}:{cycle}"]
    withdraw_alerts(holder_id=declaration.holder_id, keys=keys, at=at, because=Withdrawal.DECLARED)
