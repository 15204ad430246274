"""Corrections of single delivered credits; feeds correct them in bulk, with the same effect."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction

from credentials.enums import Unit
from credentials.models import Cycle
from education.actions.allocation import fit_shares, lock_credit
from education.actions.status import refresh_status
from education.actions.webhooks.outbox import tell_withdrawn
from education.models import Allocation, Credit


@dataclass(frozen=True)
class Correction:
    """What a delivered credit should say; `withdrawn`: it does not belong to this holder."""

    title: str
    completed_on: date
    subjects: list[str]
    points: Decimal
    withdrawn: bool = False


def as_it_is(credit: Credit, *, withdrawn: bool) -> Correction:
    """A correction that changes nothing except whether the credit is withdrawn."""
    return Correction(credit.title, credit.completed_on, credit.subjects, credit.points, withdrawn=withdrawn)


def seen_of(credit: Credit) -> str:
    """A digest of the credit's present values: a form carries it along, to detect changes made since it was opened."""
    said = (_now(credit), credit.provider_name, credit.kind_id, credit.unit, credit.quantity)
    return sha256(repr(said).encode()).hexdigest()


@transaction.atomic
def correct(*, credit: Credit, correction: Correction, at: datetime) -> Credit:
    """Changes a credit as its provider would: shares are cut, newest first, except those in frozen cycles."""
    credit = lock_credit(credit.pk)
    if says(credit, correction):
        return credit
    credit.title, credit.completed_on = correction.title, correction.completed_on
    credit.subjects, credit.points = correction.subjects, correction.points
    credit.unit, credit.quantity = Unit.POINTS, correction.points
    credit.withdrawn_at = (credit.withdrawn_at or at) if correction.withdrawn else None
    # Anything the provider said before now is outdated, and this correction does not come from a feed.
    credit.corrected_at = credit.decided_at = at
    credit.batch = None
    cycles = _open_cycles(credit)
    for cycle in cycles:
        fit_shares(_shares(credit, cycle), cycle, at=at)
    credit.save()
    refresh_status([cycle.pk for cycle in cycles], at=at)
    if correction.withdrawn:
        tell_withdrawn([credit.pk], at=at)
    return credit


def says(credit: Credit, correction: Correction) -> bool:
    return _now(credit) == correction


def _now(credit: Credit) -> Correction:
    return as_it_is(credit, withdrawn=credit.withdrawn_at is not None)


def _open_cycles(credit: Credit) -> list[Cycle]:
    """The cycles in which the credit's shares may still change; they were locked with it."""
    shared = Allocation.objects.filter(credit=credit).values("cycle")
    cycles = Cycle.objects.filter(pk__in=shared, shares_frozen_at=None).select_related("requirement_set")
    return list(cycles.order_by("id"))


def _shares(credit: Credit, cycle: Cycle) -> list[Allocation]:
    """The credit's shares in a cycle, oldest first, each referring to the credit as corrected."""
    shares = list(Allocation.objects.filter(credit=credit, cycle=cycle).order_by("created_at", "id"))
    for share in shares:
        share.credit, share.cycle = credit, cycle
    return shares
