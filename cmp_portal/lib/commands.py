"""What our commands have in common."""

import argparse
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """A command whose help keeps its lines, so that the example can be copied."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )


EXIT_RUNNING = 3  # the same job is running already


def day(text: str) -> date:
    """A day given on the command line as 2026-11-30."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: write it as 2026-11-30") from None


def moment(text: str) -> datetime:
    """A moment given on the command line as 2026-11-30T23:59:59, in the Board's time zone unless it names another."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a moment: write it as 2026-11-30T23:59:59") from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.BOARD_TIME_ZONE))
