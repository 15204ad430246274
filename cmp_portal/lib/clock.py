"""The single source of the current time and date."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The current moment; read once at the edge (view, task, command) and passed on."""
    return timezone.now()


def board_day(at: datetime) -> date:
    """The date of a moment in the Board's time zone."""
    return at.astimezone(ZoneInfo(settings.BOARD_TIME_ZONE)).date()


def today() -> date:
    """Today's date in the Board's time zone."""
    return board_day(now())
