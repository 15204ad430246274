"""Flags for reviewers, computed for any number of declarations at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from cmp_portal.lib.clock import board_day
from credentials.enums import Unit
from declarations import rules
from declarations.enums import Flag
from declarations.models import Declaration, Waiting
from education.models import Allocation

# All flags except UNUSUAL, which the rules determine once, on submission: what was signed does not change.
# Source of the days: ascp.org, submit-cmp-declaration, as in credentials.rules.advised_until.
WAITING = """
    SELECT d.id, d.holder_id, c.credential_type_id, d.state,
           COALESCE(d.received_on + %(days)s::int, y.ends_on) AS due_on,
           array_remove(ARRAY[
               CASE WHEN d.received_on > y.ends_on THEN 'reinstatement'
                    WHEN d.received_on > LEAST(y.ends_on - t.advised_days, (y.ends_on - interval '1 month')::date)
                    THEN 'late' END,
               CASE WHEN NOT r.verified THEN 'unverified' END,
               CASE WHEN EXISTS (
                   SELECT 1 FROM education_allocation s JOIN education_credit k ON k.id = s.credit_id
                    WHERE s.cycle_id = y.id AND k.provider_id IS NULL
                      AND NOT EXISTS (SELECT 1 FROM education_evidence e
                                       WHERE e.credit_id = k.id AND e.removed_at IS NULL)) THEN 'evidence' END,
               CASE WHEN EXISTS (
                   SELECT 1 FROM education_allocation s JOIN education_credit k ON k.id = s.credit_id
                    WHERE s.cycle_id = y.id AND GREATEST(k.corrected_at, k.withdrawn_at) > y.shares_frozen_at)
                    THEN 'changed' END,
               CASE WHEN EXISTS (SELECT 1 FROM declarations_step p
                                  WHERE p.declaration_id = d.id AND p.move = 'return') THEN 'returned' END,
               CASE WHEN %(fees)s AND EXISTS (SELECT 1 FROM declarations_fee f
                                  WHERE f.declaration_id = d.id AND f.state = 'due') THEN 'unpaid' END
           ], NULL)::varchar[] AS flags
      FROM declarations_declaration d
      JOIN credentials_cycle y ON y.id = d.cycle_id
      JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      JOIN credentials_requirementset r ON r.id = d.requirement_set_id
     WHERE d.state = ANY(%(undecided)s)
"""
CEU_HOURS = Decimal(10)  # domain: 1 CEU = 10 contact hours


def waiting_values() -> dict[str, Any]:
    """The parameters of WAITING."""
    return {"fees": settings.FEES, "days": settings.REVIEW_DAYS, "undecided": sorted(rules.UNDECIDED)}


class QueueEntry(NamedTuple):
    """A declaration's queue entry as it should be now, without the flag UNUSUAL."""

    pk: int
    holder: int
    credential_type: int
    state: str
    due_on: date
    flags: list[str]


def entries_of(declarations: Collection[int]) -> list[QueueEntry]:
    """The queue entries of those among the declarations that wait for the Board."""
    with connection.cursor() as cursor:
        cursor.execute(f"{WAITING} AND d.id = ANY(%(ids)s)", {**waiting_values(), "ids": list(declarations)})
        return [QueueEntry(*row) for row in cursor.fetchall()]


def flags_now(waiting: Collection[Waiting]) -> dict[int, list[Flag]]:
    """The current flags of waiting declarations, in the order of `Flag`."""
    entries = {entry.pk: entry.flags for entry in entries_of([one.pk for one in waiting])}
    found = {one.pk: {*entries.get(one.pk, ()), *_kept(one)} for one in waiting}
    return {pk: [flag for flag in Flag if flag in flags] for pk, flags in found.items()}


def _kept(waiting: Waiting) -> list[str]:
    return [Flag.UNUSUAL] if Flag.UNUSUAL in waiting.flags else []


@dataclass(frozen=True)
class Signed:
    """The credits of a declaration: primary keys by uuid, and what is unusual about them."""

    keys: dict[str, int]
    unusual: list[rules.Unusual]


def signed_credits(declaration: Declaration) -> Signed:
    """The signed credits of a declaration; its requirement set must be loaded."""
    keys, facts = {}, _Facts()
    for cycle, uuid, *columns in _shares([declaration.cycle_id]):
        keys[str(uuid)] = columns[0]
        facts.add(cycle, *columns)
    if declaration.requirement_set is None or declaration.received_on is None:
        return Signed(keys, [])
    total, received_on = declaration.requirement_set.total, declaration.received_on
    return Signed(keys, rules.unusual(facts.of(declaration.cycle_id), total=total, received_on=received_on))


def unusual_by_declaration(declarations: Collection[int]) -> dict[int, list[rules.Unusual]]:
    """What the rules find unusual about each declaration's credits."""
    columns = ("pk", "cycle", "requirement_set__total", "received_on")
    rows = list(Declaration.objects.filter(pk__in=declarations).values_list(*columns))
    facts = _Facts()
    for cycle, _uuid, *share in _shares([cycle for _pk, cycle, *_rest in rows]):
        facts.add(cycle, *share)
    return {
        pk: rules.unusual(facts.of(cycle), total=total, received_on=received_on)
        for pk, cycle, total, received_on in rows
        if received_on is not None
    }


def _shares(cycles: list[int]) -> Iterable[Any]:
    """Current shares; while a cycle is in review, they are the ones that were signed."""
    columns = ("cycle_id", "credit__uuid", "credit_id", "points", "credit__title", "credit__completed_on",
               "credit__provider_id", "credit__created_at", "credit__unit", "credit__quantity")  # fmt: skip
    return Allocation.objects.filter(cycle__in=cycles).order_by("id").values_list(*columns)


class _Facts:
    """Combines shares into credits, cycle by cycle."""

    def __init__(self) -> None:
        self._found: dict[int, dict[int, rules.DeclaredFacts]] = defaultdict(dict)

    def add(
        self,
        cycle: int,
        credit: int,
        points: Decimal,
        title: str,
        completed_on: date,
        provider: int | None,
        recorded_at: datetime,
        unit: str,
        quantity: Decimal,
    ) -> None:
        before = self._found[cycle].get(credit)
        self._found[cycle][credit] = rules.DeclaredFacts(
            title=title,
            points=points + (before.points if before else 0),
            hours=_hours(unit, quantity),
            completed_on=completed_on,
            is_self_recorded=provider is None,
            recorded_on=board_day(recorded_at),
        )

    def of(self, cycle: int) -> Iterable[rules.DeclaredFacts]:
        return self._found[cycle].values()


def _hours(unit: str, quantity: Decimal) -> Decimal | None:
    """Contact hours; None for points and academic units, which say nothing about a single day."""
    return {Unit.CONTACT_HOUR.value: quantity, Unit.CEU.value: quantity * CEU_HOURS}.get(unit)
