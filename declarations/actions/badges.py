"""Issue digital badges for proofs."""

import secrets
from datetime import datetime

from django.db import connection, transaction

from cmp_portal.lib.bitstrings import LENGTH
from declarations import queries
from declarations.models import Badge, Proof

# Start a new status list once the current one is half full, so that a free slot is found quickly.
FULL = LENGTH // 2


def badge_of(*, proof: Proof, at: datetime) -> str:
    """The badge, signed with the current key; it keeps its status-list slot while its cycle ends on the same day."""
    return queries.signed_badge(_placed(proof, at=at))


@transaction.atomic
def _placed(proof: Proof, *, at: datetime) -> Badge:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('badges'))")
    ends_on = queries.end_if_moved(proof)
    if known := Badge.objects.filter(proof=proof, ends_on=ends_on).first():
        return known
    number = Badge.objects.order_by("-number", "-place").values_list("number", flat=True).first() or 1
    taken = Badge.objects.filter(number=number)
    if taken.count() >= FULL:
        number += 1
    place = secrets.randbelow(LENGTH)
    while Badge.objects.filter(number=number, place=place).exists():
        place = secrets.randbelow(LENGTH)
    return Badge.objects.create(proof=proof, ends_on=ends_on, number=number, place=place, at=at)
