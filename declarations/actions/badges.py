"""Taking a proof along as a digital badge."""

import secrets
from datetime import datetime

from django.db import connection, transaction

from cmp_portal.lib.bitstrings import LENGTH
from declarations import queries
from declarations.models import Badge, Proof

# A list is left when half of it is taken, so that a free place is found at once.
FULL = LENGTH // 2


def badge_of(*, proof: Proof, at: datetime) -> str:
    """The badge, signed with the key of today; its place is the same as long as its cycle ends on the same day."""
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
