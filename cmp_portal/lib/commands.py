"""The base class, argument types and output files shared by the portal's management commands."""

import argparse
import errno
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

EXIT_RUNNING = 3  # the same job is already running
USUALLY = {0: "done", 2: "refused, nothing was done"}
# Exit codes of `manage.py` itself, whatever the command.
EVERYWHERE = {
    69: "the database does not respond, or is missing tables",
    74: "no space to write the output, as on a full disk",
    130: "stopped by Ctrl-C",
    141: "the reader of its output has gone, as `head` does",
}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # as in manage.py, which ends with 74
WIDTH = 100
STDIO = Path("-")  # standard input or output, in place of a file
WHOLE = re.compile(r"-?[0-9]{1,18}")


class Formatter(argparse.RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps line breaks in help, and lists Django's common options after the command's own."""


class Command(BaseCommand):
    """A command whose help keeps its line breaks and ends with its exit codes and an example to copy."""

    example: str
    exit_codes: Mapping[int, str] = {}  # anything not listed is as in USUALLY

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=Formatter,
            epilog=f"{self._exit_codes()}\n\n{self._example()}",
            **kwargs,
        )

    def subcommand(self, what: Any, name: str, *, help: str, example: str) -> argparse.ArgumentParser:
        """Add a subcommand to `what`, the result of `add_subparsers`; its help ends as that of the command does."""
        parser: argparse.ArgumentParser = what.add_parser(
            name, help=help, formatter_class=Formatter, epilog=f"{self._exit_codes()}\n\nExample: manage.py {example}"
        )
        return parser

    def show(self, line: str) -> None:
        """Show progress on one line of a terminal, cleared by an empty one; silent elsewhere."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{line}", ending="")
            self.stderr.flush()

    def _exit_codes(self) -> str:
        meanings = sorted((USUALLY | dict(self.exit_codes) | EVERYWHERE).items())
        return "Exit codes:\n" + "\n".join(
            textwrap.fill(f"{code:<4} {meaning}", WIDTH, initial_indent="  ", subsequent_indent=" " * 7)
            for code, meaning in meanings
        )

    def _example(self) -> str:
        return "Example: " + self.example.replace("\n", "\n         ")


def day(text: str) -> date:
    """Parse a date argument such as 2026-11-30."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date: write it as 2026-11-30") from None


def whole(text: str) -> int:
    """Parse a whole number such as 20000."""
    if not WHOLE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at most 18 digits")
    return int(text)


def moment(text: str) -> datetime:
    """Parse a moment such as 2026-11-30T23:59:59, in the Board's time zone unless it names another.

    A date alone is refused: it would silently mean the start of that day.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date and time: write it as 2026-11-30T23:59:59") from None
    if _is_date(text):
        raise argparse.ArgumentTypeError(f"{text!r} has no time of day: add one, as in {found.date()}T23:59:59")
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.BOARD_TIME_ZONE))


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def raise_if_full(problem: OSError, file: Path) -> None:
    """Raise it again, with the name of the file, if there was no space: `manage.py` has a code of its own for that."""
    if problem.errno in NO_ROOM:
        problem.filename = str(file)
        raise problem


def pour(pieces: Iterable[bytes]) -> None:
    """Write what people can't read to standard output; raises CommandError, with exit code 2, if that is a terminal."""
    if sys.stdout.isatty():
        raise CommandError("a terminal can't show this: name a file, or add > FILE", returncode=2)
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.buffer.flush()


@contextmanager
def whole_or_gone(file: Path) -> Iterator[None]:
    """Delete the file that is written in the block on any error: half of it would look complete."""
    try:
        yield
    except BaseException:
        if file.is_file():  # a device or pipe stays
            file.unlink()
        raise
