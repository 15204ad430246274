"""F7: reminders on every day of four years, also after missed nights; cycle ends without drift over 40 years."""

from calendar import isleap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.enums import AlertKind
from accounts.models import Alert
from cmp_portal.lib.clock import board_day
from credentials.models import Cycle
from credentials.rules import cycle_end
from declarations.actions import remind
from declarations.actions.reminders import STEPS
from faults.figures import Figure
from faults.world import World
from tests import factories

DAY = timedelta(days=1)
FIRST, LAST = date(2027, 1, 1), date(2030, 12, 31)  # includes 29 February 2028
ZONES = sorted(available_timezones() & {"UTC", "America/Chicago", "America/New_York", "America/Los_Angeles"})
ZONES += ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]
ZONES += ["Europe/Berlin", "America/St_Johns", "Africa/Casablanca"]


def cycles_ending(days: Sequence[date]) -> dict[int, date]:
    """Create mandatory cycles that end on these days; maps each key to its end."""
    ends = {}
    for day in days:
        cycle: Cycle = factories.CycleFactory(mls=True, starts_on=day - timedelta(days=1000), ends_on=day)
        ends[cycle.pk] = day
    return ends


def nearest(end: date, on: date) -> int | None:
    """The reminder step due on a day, computed independently of the sweep."""
    left = (end - on).days
    return min((step for step in STEPS if step >= left), default=None) if left >= 0 else None


def wrong_reminders(ends: dict[int, date], nights: Sequence[date]) -> int:
    """How many (cycle, step) reminders were wrong: unexpected, missing, repeated, or not replaced by the next."""
    expected = {(cycle, step) for cycle, end in ends.items() for on in nights if (step := nearest(end, on))}
    with transaction.atomic():
        at = timezone.now()
        for number, on in enumerate(nights):
            remind(on=on, at=at + number * timedelta(microseconds=1))
        keys = Alert.objects.filter(kind=AlertKind.EXPIRES_SOON).values_list("key", flat=True)
        told = Counter((int(cycle), int(step)) for _kind, cycle, step in (key.split(":") for key in keys))
        standing = Alert.objects.filter(kind=AlertKind.EXPIRES_SOON, withdrawn_at=None)
        crowded = len(standing) - len({alert.link for alert in standing})
        transaction.set_rollback(True)
    return len(expected ^ told.keys()) + sum(times - 1 for times in told.values()) + crowded


def wrong_days() -> int:
    """Hours within four years for which `board_day` is not the local date in the Board's time zone."""
    wrong, usual = 0, settings.BOARD_TIME_ZONE
    for zone in ZONES:
        settings.BOARD_TIME_ZONE, place, before = zone, ZoneInfo(zone), FIRST - 2 * DAY
        for hour in range((LAST - FIRST).days * 24):
            at = datetime(FIRST.year, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
            day = board_day(at)
            offset = at.astimezone(place).utcoffset() or timedelta()
            wrong += day != (at.replace(tzinfo=None) + offset).date() or not before <= day <= before + 2 * DAY
            before = day
    settings.BOARD_TIME_ZONE = usual
    return wrong


def wrong_ends() -> int:
    """Cycle ends that drift from their anchor's day within 40 years, for anchors on each day of four years."""
    wrong = 0
    for number in range((LAST - FIRST).days + 1):
        anchor = FIRST + number * DAY
        for times in range(14):
            year = anchor.year + 3 * times
            day = 28 if (anchor.month, anchor.day) == (2, 29) and not isleap(year) else anchor.day
            wrong += cycle_end(anchor, times) != date(year, anchor.month, day)
    return wrong


def run(world: World) -> Iterator[Figure]:
    span = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
    ends = cycles_ending([*span[200:400:20], *span[400::97], date(2028, 2, 29), date(2028, 3, 1), date(2028, 2, 28)])
    yield Figure("F7", "wrong reminders, every night", wrong_reminders(ends, span), of=f"{len(span)} nights")
    late = {cycle: end for cycle, end in ends.items() if end <= span[400]}
    Cycle.objects.exclude(pk__in=late).filter(pk__in=ends).update(
        closed_at=timezone.now(), shares_frozen_at=timezone.now()
    )
    wrong = sum(wrong_reminders(late, span[:420:pause]) for pause in range(2, 42))
    yield Figure("F7", "wrong reminders, 1 to 40 nights missed", wrong, of=f"{len(late)} cycles, 40 intervals")
    yield Figure("F7", "wrong Board days", wrong_days(), of=f"{len(ZONES)} time zones, every hour of 4 years")
    yield Figure("F7", "end dates that drift within 40 years", wrong_ends(), of=f"{len(span)} anchors")
