"""Days and moments, counted from the day the demo is seeded for."""

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def moment(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An hour of the Board's day."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(settings.BOARD_TIME_ZONE))


def ago(on: date, days: int) -> date:
    return on - timedelta(days=days)


def month_end(day: date) -> date:
    """The last day of the day's month: where cycles end."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
