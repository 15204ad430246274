"""A holder's calendar feed: the dates of their open cycles, without personal data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import CalendarFeed, User
from accounts.queries import correspondence_of
from cmp_portal.lib.calendars import Event, calendar
from credentials.models import Cycle
from credentials.queries import is_voluntary
from credentials.rules import advised_until, declaration_opens_on
from declarations.models import Declaration
from declarations.rules import LIVE
from education.queries import progress_url


class Day(NamedTuple):
    what: str
    day: date
    title: str
    text: str


@dataclass(frozen=True)
class CalendarPage:
    """The settings page; `address` is empty until one is created."""

    address: str
    uuid: UUID | None = None


def calendar_page(user: User) -> CalendarPage:
    """The URL of the user's own calendar, if they have one."""
    feed = CalendarFeed.objects.filter(holder_id=user.holder_key).first()
    if feed is None:
        return CalendarPage(address="")
    return CalendarPage(address=settings.SITE_URL + reverse("calendar", args=[feed.uuid]), uuid=feed.uuid)


def calendar_file(feed: CalendarFeed, *, at: datetime) -> bytes:
    """A holder's calendar, in a fixed number of queries."""
    cycles = Cycle.objects.filter(holder_id=feed.holder_id, closed_at=None)
    cycles = cycles.select_related("credential__credential_type").order_by("ends_on", "id")
    live = Declaration.objects.filter(holder_id=feed.holder_id, state__in=LIVE).values_list("cycle_id", flat=True)
    declared = set(live)
    with override(correspondence_of(feed.holder).written_in):
        events = [event for cycle in cycles for event in _events(cycle, is_declared=cycle.pk in declared)]
        return calendar(_("Credential maintenance"), events, at=at)


def _events(cycle: Cycle, *, is_declared: bool) -> Iterator[Event]:
    host = settings.SITE_URL.partition("://")[2]
    url = f"{settings.SITE_URL}{progress_url(cycle)}"
    for each in _days(cycle, is_declared=is_declared):
        uid = f"cycle-{cycle.pk}-{each.what}@{host}"
        yield Event(uid=uid, day=each.day, title=each.title, text=each.text, url=url)


def _days(cycle: Cycle, *, is_declared: bool) -> Iterator[Day]:
    kind = cycle.credential.credential_type
    words = {"credential": kind.code}
    if not is_declared:
        opens_on = declaration_opens_on(cycle.ends_on, kind.declaration_opens_days)
        title = _("%(credential)s: the declaration opens") % words
        yield Day("opens", opens_on, title, _("Starting today, you can submit your declaration."))
        title = _("%(credential)s: submit the declaration today at the latest") % words
        yield Day(
            "advised",
            advised_until(cycle.ends_on, kind.advised_days),
            title,
            _("The Board needs time to process it before the cycle ends.")
            if is_voluntary(cycle)
            else _("The Board needs time to process it before the credential expires."),
        )
    title = _("%(credential)s: last day of the cycle") % words
    yield Day("ends", cycle.ends_on, title, _("Education completed through today counts in this cycle."))
