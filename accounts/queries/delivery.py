"""What waits to be mailed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q

from accounts.models import Alert


@dataclass(frozen=True)
class Undelivered:
    """How many alerts wait, since when the oldest does, and how many of them a mail server has refused."""

    waiting: int
    oldest_at: datetime | None
    refused: int


def undelivered(*, at: datetime) -> Undelivered:
    """An alert that rests for longer than a lease was refused, and is tried again another day; it is not waited for."""
    rests = Q(leased_until__gt=at + timedelta(seconds=settings.ALERT_LEASE_SECONDS))
    found = Alert.objects.filter(emailed_at=None, withdrawn_at=None).aggregate(
        waiting=Count("pk", filter=~rests | Q(leased_until=None)),
        oldest_at=Min("created_at", filter=~rests | Q(leased_until=None)),
        refused=Count("pk", filter=rests),
    )
    return Undelivered(**found)
