"""The address of a holder's calendar: made when asked for, forgotten when asked for."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import CalendarFeed, Holder


@transaction.atomic
def make_calendar(*, holder: Holder, at: datetime) -> CalendarFeed:
    """A new secret address; whoever knew the old one finds nothing there."""
    feed, _made = CalendarFeed.objects.update_or_create(holder=holder, defaults={"uuid": uuid4(), "created_at": at})
    return feed


def forget_calendar(*, holder: Holder) -> None:
    """No address any more; doing it twice changes nothing."""
    CalendarFeed.objects.filter(holder=holder).delete()
