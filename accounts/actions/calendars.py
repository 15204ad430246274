"""The address of a holder's calendar: made when asked for, forgotten when asked for."""

from datetime import datetime

from django.db import transaction

from accounts.models import CalendarFeed, Holder
from cmp_portal.lib.tokens import secret_uuid


@transaction.atomic
def make_calendar(*, holder: Holder, at: datetime) -> CalendarFeed:
    """A new secret address; whoever knew the old one finds nothing there."""
    made = {"uuid": secret_uuid(), "created_at": at}
    feed, _is_first = CalendarFeed.objects.update_or_create(holder=holder, defaults=made)
    return feed


def forget_calendar(*, holder: Holder) -> None:
    """No address any more; doing it twice changes nothing."""
    CalendarFeed.objects.filter(holder=holder).delete()
