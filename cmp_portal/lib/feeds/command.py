"""Base of the import commands: input file, rejects file, counts on the last line, exit codes."""

import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pghistory
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, transaction

from cmp_portal.lib import clock
from cmp_portal.lib.commands import STDIO, Command, raise_if_full
from cmp_portal.lib.feeds import mappings
from cmp_portal.lib.feeds.cells import Column
from cmp_portal.lib.feeds.mappings import JsonLines
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from cmp_portal.lib.feeds.rejects import Row, rejects_file
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.feeds.staging import Counts

EXIT_REJECTS, EXIT_UNUSABLE, EXIT_CUT_OFF = 1, 2, 4


class CutOff(Exception):
    """The import stopped halfway, with some lines imported; the message says what went wrong."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An input file being imported, and the time of the import."""

    name: str
    feed: Feed | JsonLines
    progress: Progress
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of an import: counts, and the rejected lines as received."""

    counts: Counts
    refused: Iterable[Row]


class FeedCommand(Command, ABC):
    """Imports one file, each line in exactly one of the counts; atomically, or in chunks with a transaction each."""

    unmatched_hint = unmatched_hint_in_dry_run = ""
    by_chunks = False
    exit_codes = {
        EXIT_REJECTS: "some lines were rejected and are listed in FILE.rejected.csv",
        EXIT_UNUSABLE: "the file cannot be used; nothing was changed",
    }

    @abstractmethod
    def columns(self, *, at: datetime, **options: Any) -> Sequence[Column]:
        """The columns expected in the file."""

    @abstractmethod
    def take(self, arrival: Arrival, **options: Any) -> Taken:
        """Merge the file into the tables."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            metavar="FILE",
            help="CSV in UTF-8 whose first line names the columns, or JSON lines; may be gzipped; - for standard input",
        )
        parser.add_argument(
            "--rejects",
            type=Path,
            metavar="PATH",
            help="file for rejected lines; default: FILE with the ending .rejected.csv",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="check, count and list rejects without changing any table"
        )

    def handle(self, *, file: Path, rejects: Path | None, dry_run: bool, **options: Any) -> None:
        if file.is_dir():
            raise CommandError(f"{file} is a folder; nothing was changed", returncode=EXIT_UNUSABLE)
        rejects = rejects or (Path("stdin.rejected.csv") if file == STDIO else file.with_suffix(".rejected.csv"))
        if rejects.resolve() == file.resolve():
            raise CommandError("--rejects is the file to import; name another", returncode=EXIT_UNUSABLE)
        if rejects == STDIO or rejects.is_dir() or not os.access(rejects.parent, os.W_OK):  # as mostly in containers
            problem = f"rejected lines cannot be written to {rejects}: name another file with --rejects"
            raise CommandError(f"{problem}; nothing was changed", returncode=EXIT_UNUSABLE)
        try:
            counts = self._take_in(file, rejects, dry_run, **options)
        except CutOff as problem:
            raise CommandError(f"{problem}: run the same command again", returncode=EXIT_CUT_OFF) from None
        except OSError as problem:
            raise_if_full(problem, rejects)
            what = problem.filename or file
            raise CommandError(f"{what}: {_sentence(problem)}; nothing was changed", returncode=EXIT_UNUSABLE) from None
        except UnusableFile as problem:
            raise CommandError(f"{file}: {problem}; nothing was changed", returncode=EXIT_UNUSABLE) from None
        self._report(counts, rejects, dry_run)
        if counts.rejected:
            sys.exit(EXIT_REJECTS)

    def _take_in(self, file: Path, rejects: Path, dry_run: bool, **options: Any) -> Counts:
        at = clock.now()
        columns = self.columns(at=at, **options)
        names = [column.name for column in columns]
        with (
            opened(file, columns) as feed,
            rejects_file(rejects, names) as refuse,
            self._history(file.name),
            self._undone(dry_run),
        ):
            if feed.ignored:
                self.stderr.write(f"ignored columns: {', '.join(feed.ignored)}")
            size = 0 if file == STDIO else file.stat().st_size
            arrival = Arrival(file.name, feed, Progress(size, sys.stderr), at)
            with self._cut_off():
                taken = self.take(arrival, **options)
            try:
                refuse(taken.refused)
            except OSError as problem:
                if self.by_chunks and not dry_run:
                    raise CutOff(
                        f"{rejects}: {_sentence(problem)}; the import is done, but the rejected lines are not listed"
                    ) from None
                problem.filename = str(rejects)
                raise
        return taken.counts

    @contextmanager
    def _cut_off(self) -> Iterator[None]:
        """Report a database failure as CutOff when importing in chunks, since earlier chunks are committed."""
        try:
            yield
        except DatabaseError as problem:
            if not self.by_chunks:
                raise
            said = str(problem).partition("\n")[0]
            raise CutOff(f"the database failed ({said}); what was imported so far stays") from None

    def _history(self, name: str) -> AbstractContextManager[Any]:
        """Attribute changes to this command and file in the history."""
        command = type(self).__module__.rpartition(".")[2]
        return pghistory.context(command=command, reason=f"import of {name}")

    @contextmanager
    def _undone(self, dry_run: bool) -> Iterator[None]:
        """One transaction, rolled back after a dry run; chunks use their own."""
        if self.by_chunks and not dry_run:
            yield
            return
        with transaction.atomic():
            yield
            transaction.set_rollback(dry_run)

    def _report(self, counts: Counts, rejects: Path, dry_run: bool) -> None:
        if dry_run:
            self.stderr.write("dry run: nothing was changed")
        if counts.rejected:
            self.stderr.write(f"{counts.rejected} rejected; the reasons are in {rejects}")
        if counts.unmatched:
            hint = self.unmatched_hint_in_dry_run if dry_run else self.unmatched_hint
            self.stderr.write(f"{counts.unmatched} unmatched: {hint}")
        self.stdout.write(json.dumps({"lines": counts.lines, **asdict(counts)}))


@contextmanager
def opened(file: Path, columns: Sequence[Column]) -> Iterator[Feed | JsonLines]:
    """Open the file, or standard input, as a feed."""
    if file == STDIO:
        if sys.stdin is None:  # closed before the start, as by <&-
            raise UnusableFile("standard input is closed: send the file there, or name it")
        yield mappings.opened(sys.stdin.buffer, columns)
        return
    with file.open("rb") as stream:
        yield mappings.opened(stream, columns)


def _sentence(problem: Exception) -> str:
    return problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
