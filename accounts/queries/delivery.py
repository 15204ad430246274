"""Email that is waiting to be sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from accounts.enums import Channel
from accounts.models import Alert, Correspondence, Digest, Letter, Preference


@dataclass(frozen=True)
class Undelivered:
    """How many emails are due, since when the oldest has waited, and how many are deferred after a refusal."""

    waiting: int
    oldest_at: datetime | None
    refused: int


@dataclass(frozen=True)
class Unreachable:
    """How many addresses on file refuse email, and how many of them were found out within a day."""

    addresses: int
    lately: int


def unreachable(*, at: datetime) -> Unreachable:
    """The holders to whom nothing is sent until their address on file changes, or they have it tried again."""
    refusing = Correspondence.objects.exclude(unreachable_email="").filter(unreachable_email=F("holder__email"))
    lately = Count("pk", filter=Q(unreachable_at__gt=at - timedelta(days=1)))
    return Unreachable(**refusing.aggregate(addresses=Count("pk"), lately=lately))


def undelivered(*, at: datetime) -> Undelivered:
    """Emails that are due; alerts for a daily digest are not until it is gathered, and then count as one email."""
    daily = Preference.objects.filter(holder=OuterRef("holder"), kind=OuterRef("kind"), channel=Channel.DAILY)
    found = [
        _undelivered(Letter.objects.filter(withdrawn_at=None), "written_at", at=at),
        _undelivered(Alert.objects.filter(~Exists(daily), withdrawn_at=None, digest=None), "created_at", at=at),
        _undelivered(Digest.objects.all(), "gathered_at", at=at),
    ]
    return Undelivered(
        waiting=sum(one.waiting for one in found),
        oldest_at=min((one.oldest_at for one in found if one.oldest_at), default=None),
        refused=sum(one.refused for one in found),
    )


def _undelivered(mails: QuerySet[Any], since: str, *, at: datetime) -> Undelivered:
    """Temporary refusals are retried later; permanent ones have failed and wait for nothing."""
    is_due = Q(next_try_at=None) | Q(next_try_at__lte=at)
    found = mails.filter(emailed_at=None, failed_at=None).aggregate(
        waiting=Count("pk", filter=is_due),
        oldest_at=Min(since, filter=is_due),
        refused=Count("pk", filter=Q(next_try_at__gt=at)),
    )
    return Undelivered(**found)
