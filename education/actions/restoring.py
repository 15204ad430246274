"""Restores shares as they were when signed."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from credentials.models import Cycle
from education import rules
from education.models import Allocation, Credit


class SignedShare(NamedTuple):
    """A share as it was signed: the credit's UUID, the area's code and the points."""

    credit: str
    area: str
    points: Decimal


@transaction.atomic
def put_back(*, cycle: Cycle, shares: Iterable[SignedShare]) -> None:
    """Replaces the shares of a cycle by these, as far as their credits still cover them.

    The cycle must not be frozen, and the caller has locked it and the credits.
    """
    Allocation.objects.filter(cycle=cycle).delete()
    wanted = sorted(shares, key=attrgetter("credit", "area"))
    credits = {str(credit.uuid): credit for credit in _free(cycle, [share.credit for share in wanted])}
    areas = {area.code: area for area in cycle.requirement_set.areas.all()}
    Allocation.objects.bulk_create(
        Allocation(
            holder_id=cycle.holder_id, cycle=cycle, credit=credits[share.credit], area=areas[share.area], points=points
        )
        for share, points in _covered(wanted, credits, cycle)
        if points and share.area in areas
    )


def _free(cycle: Cycle, uuids: list[str]) -> Iterable[Credit]:
    """Credits in good standing that are allocated in no other cycle of the credential."""
    own = Credit.objects.standing().filter(holder_id=cycle.holder_id, uuid__in=[UUID(one) for one in uuids])
    elsewhere = Allocation.objects.filter(cycle__credential=cycle.credential_id).values("credit")
    return own.exclude(pk__in=elsewhere)


def _covered(
    shares: list[SignedShare], credits: dict[str, Credit], cycle: Cycle
) -> Iterator[tuple[SignedShare, Decimal]]:
    for uuid, group in groupby(shares, key=attrgetter("credit")):
        of_credit = list(group)
        points = credits[uuid].points if uuid in credits else Decimal(0)
        kept = rules.kept_of((share.points for share in of_credit), points=points, step=cycle.requirement_set.step)
        yield from zip(of_credit, kept, strict=True)
