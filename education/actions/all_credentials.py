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
class WantedShare:
    """How many points of the credit to allocate to which area of a cycle."""

    cycle: int
    area: str
    points: Decimal


@dataclass(frozen=True)
class Result:
    """The outcome for one share; without a refusal, it was allocated."""

    credential: str
    area: str
    points: Decimal
    refusal: str = ""


@retry_on_conflict
@transaction.atomic
def allocate_everywhere(*, credit: Credit, wanted: Sequence[WantedShare], by: User, at: datetime) -> list[Result]:
    """Sets the credit's shares in several cycles of its holder; a refused one does not affect the others. Idempotent.

    Cycles of other holders are skipped.
    """
    credit = still_there(Credit.objects.select_related("kind", "provider"), credit.pk)
    own = cycles_to_lock().filter(holder_id=credit.holder_id, pk__in=[share.cycle for share in wanted])
    cycles = {cycle.pk: cycle for cycle in own.order_by("id")}
    return [_allocate(credit, cycles[share.cycle], share, by=by, at=at) for share in wanted if share.cycle in cycles]


def _allocate(credit: Credit, cycle: Cycle, share: WantedShare, *, by: User, at: datetime) -> Result:
    code = cycle.credential.credential_type.code
    area = Area.objects.filter(requirement_set=cycle.requirement_set_id, code=share.area).first()
    if area is None:
        return Result(code, "", share.points, _("Choose an area."))
    try:
        allocate_locked(credit, cycle, area, share.points, by=by, at=at)
    except AllocationRefused as refusal:
        return Result(code, area.title, share.points, str(refusal))
    return Result(code, area.title, share.points)
