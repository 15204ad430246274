"""Submitting a declaration: what is signed is frozen, and the receipt is recorded."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from accounts.actions import withdraw_alerts
from accounts.enums import AlertKind, Withdrawal
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Cycle, RequirementSet
from declarations import queries, rules
from declarations.actions.fees import charge, lock_holder
from declarations.actions.freezing import freeze
from declarations.actions.moves import move, tell_move, withdraw_told
from declarations.actions.reminders import STEPS
from declarations.enums import Move
from declarations.models import Attestation, Declaration, Step
from education.actions import lock_cycle
from education.models import CycleStatus
from education.queries import window_of
from education.rules import Standing


class NotReady(Exception):
    """The cycle can't be declared now; `readiness` says why."""

    def __init__(self, readiness: queries.Readiness) -> None:
        super().__init__(", ".join(readiness.blockers))
        self.readiness = readiness


class ChangedSince(Exception):
    """What would be signed differs from what the holder was shown; nothing was signed."""


@retry_on_conflict
@transaction.atomic
def submit(*, cycle: Cycle, attestation: Attestation, by: User, at: datetime, seen: str | None = None) -> Declaration:
    """Submit the declaration of a cycle; submitting twice makes one declaration with one receipt.

    Raises NotReady before the window opens, while requirements are missing, or once the cycle is renewed; ChangedSince
    if `seen`, the digest of what the holder was shown, differs from what would be signed.
    """
    lock_holder(cycle.holder_id)
    cycle = _locked(cycle)
    declaration = Declaration.objects.select_for_update().filter(cycle=cycle, state__in=rules.LIVE).first()
    if declaration is not None and not rules.can_move(declaration.state, Move.SUBMIT):
        return declaration
    readiness = queries.readiness_of(cycle, on=board_day(at))
    if readiness.blockers:
        raise NotReady(readiness)
    signed = queries.to_sign(cycle, attestation)
    if seen is not None and seen != queries.seen_with_fee(signed.digest, cycle, on=board_day(at)):
        raise ChangedSince
    if declaration is None:
        declaration = Declaration.objects.create(holder_id=cycle.holder_id, cycle=cycle, created_at=at)
    record_receipt(declaration, cycle, attestation, readiness.standing, at=at)
    charge(declaration, at=at)
    step = move(declaration, Move.SUBMIT, by=by, at=at)
    freeze(declaration, signed, readiness.standing, at=at)
    withdraw_requests(declaration, at=at)
    _withdraw_answered(declaration, at=at)
    tell_move(step, title=gettext_noop("Declaration for %(credential)s received"))
    import_string(settings.AFTER_SUBMISSION)(declaration=declaration, at=at)
    return declaration


def _locked(cycle: Cycle) -> Cycle:
    """Lock and reload the cycle, after its requirements if not yet frozen: the order in which loading them locks."""
    _lock_requirements(Cycle.objects.values_list("requirement_set", flat=True).get(pk=cycle.pk))
    locked = lock_cycle(cycle.pk)
    _lock_requirements(locked.requirement_set_id)
    return locked


def _lock_requirements(pk: int) -> None:
    changeable = RequirementSet.objects.filter(pk=pk, frozen_at=None)
    list(changeable.select_for_update(no_key=True).values_list("pk"))


def record_receipt(
    declaration: Declaration, cycle: Cycle, attestation: Attestation, standing: Standing, *, at: datetime
) -> None:
    """Record the receipt: number and date at the first submission only, what is signed at each."""
    day = board_day(at)
    if declaration.received_at is None:
        declaration.received_at, declaration.received_on = at, day
        declaration.number = f"{day.year}-{declaration.pk:08d}"
    declaration.cycle = cycle
    declaration.attestation = attestation
    declaration.requirement_set = cycle.requirement_set
    window = window_of(cycle, on=declaration.received_on or day)
    declaration.window_starts_on, declaration.window_ends_on = window.starts_on, window.ends_on
    declaration.counted = standing.total.counted
    declaration.save()


def withdraw_requests(declaration: Declaration, *, at: datetime) -> None:
    """Withdraw the alerts that asked for the declaration or reminded of the cycle's end."""
    cycle = declaration.cycle_id
    times = CycleStatus.objects.filter(cycle=cycle).values_list("times_completed", flat=True).first()
    kinds = (AlertKind.ALL_ALLOCATED, AlertKind.READY_TO_DECLARE)
    keys = [f"{kind}:{cycle}:{times}" for kind in kinds]
    keys += [f"{AlertKind.EXPIRES_SOON}:{cycle}:{step}" for step in STEPS] + [f"{AlertKind.EXPIRED}:{cycle}"]
    withdraw_alerts(holder_id=declaration.holder_id, keys=keys, at=at, because=Withdrawal.DECLARED)


def _withdraw_answered(declaration: Declaration, *, at: datetime) -> None:
    """Withdraw the alerts about returns and denials in this cycle, to which the submission is the answer."""
    steps = Step.objects.filter(declaration__cycle=declaration.cycle_id, move__in=[Move.RETURN, Move.DENY])
    withdraw_told(steps.only("pk"), holder_id=declaration.holder_id, at=at, because=Withdrawal.DECLARED)
