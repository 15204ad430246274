"""Replacing credits in a cycle by others."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from credentials.models import Cycle
from education.actions.allocation import AllocationRefused, refuse_what_would_not_count
from education.actions.status import refresh_status
from education.models import Allocation, Credit


class NewShare(NamedTuple):
    """A share to be allocated: the credit's primary key, the area's code and the points."""

    credit: int
    area: str
    points: Decimal


@transaction.atomic
def exchange(*, cycle: Cycle, leaving: Collection[int], coming: Iterable[NewShare], at: datetime) -> None:
    """Removes the shares of some credits from a cycle, and allocates those of others.

    The cycle must not be frozen, and the caller has locked it and the credits. Raises AllocationRefused if a new share
    would not count.
    """
    coming = list(coming)
    Allocation.objects.filter(cycle=cycle, credit__in=leaving).delete()
    areas = {area.code: area for area in cycle.requirement_set.areas.all()}
    own = Credit.objects.standing().filter(holder_id=cycle.holder_id, pk__in=[share.credit for share in coming])
    credits = {credit.pk: credit for credit in own.select_related("kind", "provider")}
    for share in coming:
        if share.credit not in credits or share.area not in areas:
            raise AllocationRefused(_("This credit no longer exists. Check the page again."))
        credit, area = credits[share.credit], areas[share.area]
        refuse_what_would_not_count(credit, cycle, area, share.points, at=at)
        Allocation.objects.create(holder_id=cycle.holder_id, cycle=cycle, credit=credit, area=area, points=share.points)
    refresh_status([cycle.pk], at=at)
