"""Allocating one credit in all credentials it fits, in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Area, Cycle
from education.actions.allocation import AllocationRefused, allocate_locked, cycles_to_lock, still_there
from education.models import Credit


@dataclass(frozen=True)
class Line:
    """How many points of the credit to allocate to which area of a cycle."""

    cycle: int
    area: str
    points: Decimal


@dataclass(frozen=True)
class Result:
    """The outcome of one line; without a refusal, the share was allocated."""

    credential: str
    area: str
    points: Decimal
    refusal: str = ""


@retry_on_conflict
@transaction.atomic
def allocate_everywhere(*, credit: Credit, lines: Sequence[Line], by: User, at: datetime) -> list[Result]:
    """Sets the credit's shares in several cycles of its holder; a refused line does not affect the others. Idempotent.

    Cycles of other holders are skipped.
    """
    credit = still_there(Credit.objects.select_related("kind", "provider"), credit.pk)
    own = cycles_to_lock().filter(holder_id=credit.holder_id, pk__in=[line.cycle for line in lines])
    cycles = {cycle.pk: cycle for cycle in own.order_by("id")}
    return [_allocate(credit, cycles[line.cycle], line, by=by, at=at) for line in lines if line.cycle in cycles]


def _allocate(credit: Credit, cycle: Cycle, line: Line, *, by: User, at: datetime) -> Result:
    code = cycle.credential.credential_type.code
    area = Area.objects.filter(requirement_set=cycle.requirement_set_id, code=line.area).first()
    if area is None:
        return Result(code, "", line.points, _("Choose an area."))
    try:
        allocate_locked(credit, cycle, area, line.points, by=by, at=at)
    except AllocationRefused as refusal:
        return Result(code, area.title, line.points, str(refusal))
    return Result(code, area.title, line.points)
