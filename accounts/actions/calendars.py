"""The address of a holder's calendar: made when asked for, forgotten when asked for."""

from datetime import datetime

from django.db import transaction

from accounts.models import CalendarFeed, Holder
from cmp_portal.lib.tokens import secret_uuid


@transaction.atomic
def make_calendar(*, holder: Holder, instead_of: str, at: datetime) -> None:
    """A new secret address in the place of the one that was seen; whoever knew that finds nothing there.

    Asked twice, it is one new address: the second time another one than was seen is there already.
    """
    Holder.objects.select_for_update(no_key=True).get(pk=holder.pk)
    feed = CalendarFeed.objects.filter(holder=holder).first() or CalendarFeed(holder=holder)
    if instead_of == str(feed.uuid or ""):
        feed.uuid, feed.created_at = secret_uuid(), at
        feed.save()


def forget_calendar(*, holder: Holder) -> None:
    """No address any more; doing it twice changes nothing."""
    CalendarFeed.objects.filter(holder=holder).delete()
