"""The one place that knows what day it is."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """This moment; read once at the edge (view, task, command) and passed on."""
    return timezone.now()


def board_day(at: datetime) -> date:
    """The Board's day of a moment: it ends at 24:00 in the Board's time zone."""
    return at.astimezone(ZoneInfo(settings.BOARD_TIME_ZONE)).date()


def today() -> date:
    """The Board's day now."""
    return board_day(now())
