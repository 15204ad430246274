"""Dates and times relative to the day the demo is seeded for."""

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def moment(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A time on a date in the Board's time zone."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(settings.BOARD_TIME_ZONE))


def ago(on: date, days: int) -> date:
    return on - timedelta(days=days)


def month_end(day: date) -> date:
    """The last day of the date's month, when cycles end."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
