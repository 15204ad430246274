"""The secret URL of a holder's calendar feed: created and revoked on request."""

from datetime import datetime

from django.db import transaction

from accounts.models import CalendarFeed, Holder
from cmp_portal.lib.tokens import secret_uuid


@transaction.atomic
def make_calendar(*, holder: Holder, instead_of: str, at: datetime) -> None:
    """Create a new secret URL that replaces `instead_of`, the one the holder saw; the old one stops working.

    Idempotent: a repeated request names a URL that is no longer current, and changes nothing.
    """
    Holder.objects.select_for_update(no_key=True).get(pk=holder.pk)
    feed = CalendarFeed.objects.filter(holder=holder).first() or CalendarFeed(holder=holder)
    if instead_of == str(feed.uuid or ""):
        feed.uuid, feed.created_at = secret_uuid(), at
        feed.save()


def forget_calendar(*, holder: Holder) -> None:
    """Revoke the calendar URL; idempotent."""
    CalendarFeed.objects.filter(holder=holder).delete()
