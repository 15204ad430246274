import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pghistory
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

import credentials
from accounts.actions.jobs import Show, not_shown
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.feeds.progress import SILENT, Progress
from cmp_portal.lib.texts import read_text
from credentials.actions import requirements as actions
from credentials.models import Cycle
from credentials.queries import Uncovered, open_cycles_by_set, uncovered_cycles
from credentials.rules import Requirements
from credentials.rules.problems import Problem, RequirementsError
from credentials.rules.reader import read_requirements
from education.actions.requirements import (
    Repointed,
    SharesFrozen,
    refresh_cycles,
    release_areas,
    repoint_cycles,
    tell_raised,
)
from education.models import Provider

FOLDER = Path(credentials.__file__).parent / "requirement_sets"
EXIT_UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "Load requirement sets from TOML files, by default all in credentials/requirement_sets.\n"
        "Open, undeclared cycles get the newest set that applies to them; shares in areas that still exist stay, the\n"
        "others are released. Holders who lose shares, or now need more points, are notified.\n"
        "Everything is loaded or, if one file has a problem, nothing."
    )
    exit_codes = {EXIT_UNUSABLE: "a file has a problem, or what was signed would change; nothing was changed"}
    example = "manage.py load_requirements --dry-run credentials/requirement_sets/pa-2.toml"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="TOML files")
        parser.add_argument(
            "--dry-run", action="store_true", help="show the differences and their effects without changing anything"
        )

    def handle(self, *, paths: list[Path], dry_run: bool, verbosity: int, **options: Any) -> None:
        progress = Progress(0, sys.stderr, "open cycles updated") if verbosity else SILENT
        try:
            wanted = read(paths or sorted(FOLDER.glob("*.toml")))
            with transaction.atomic(), pghistory.context(command="load_requirements"):
                changes, repointed = load(wanted, at=clock.now(), show=lambda cycles: progress.show(cycles, cycles))
                following, uncovered = open_cycles_by_set(), uncovered_cycles(on=clock.today())
                transaction.set_rollback(dry_run)
        except (RequirementsError, actions.FrozenRequirements, SharesFrozen) as refusal:
            self.stderr.write(str(refusal))
            raise CommandError("nothing was changed", returncode=EXIT_UNUSABLE) from None
        finally:
            progress.clear()
        if verbosity:
            self._report(changes, repointed, following, uncovered, dry_run=dry_run)

    def _report(
        self,
        changes: Iterable[actions.Change],
        repointed: Repointed,
        following: Mapping[int, int],
        uncovered: Iterable[Uncovered],
        *,
        dry_run: bool,
    ) -> None:
        for change in changes:
            has_details = change.is_needed and (dry_run or change.kept is not None)
            self.stdout.write(f"{change.name}: {_outcome(change, following, has_details=has_details)}")
            if has_details:
                for line in change.differences():
                    self.stdout.write(f"    {line}")
        self.stdout.write(f"{repointed.cycles} open cycles updated, {repointed.released} shares released")
        for one in uncovered:
            self.stdout.write(
                f"{one.credential}: no version applies to {one.cycles} open cycles, which end before {one.applies_from}"
                " and keep the one they have; give the first version an earlier applies_from, or none;"
                " if something was declared under it, add a version without applies_from"
            )
        if dry_run:
            self.stdout.write("dry run: nothing was changed")


def _outcome(change: actions.Change, following: Mapping[int, int], *, has_details: bool) -> str:
    if change.row is not None:
        if not change.is_needed:
            return "unchanged"
        cycles = following.get(change.row.pk, 0)
        return f"changed; open cycles that follow it: {cycles}" if cycles else "changed"
    return f"added; changes from version {change.former.version}:" if change.former and has_details else "added"


def read(paths: Iterable[Path]) -> dict[str, Requirements]:
    """The sets in the files; raises RequirementsError with the problems of all of them."""
    sets: dict[str, Requirements] = {}
    problems: list[Problem] = []
    paths = list(dict.fromkeys(paths))
    alike = Counter(path.name for path in paths)
    for path in paths:
        name = path.name if alike[path.name] == 1 else str(path)
        try:
            sets[name] = read_requirements(read_text(path), name=name)
        except RequirementsError as refusal:
            problems += refusal.problems
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            problems.append(Problem(name, f"line {line}", "not UTF-8; save the file as UTF-8"))
        except OSError as error:
            problems.append(Problem(str(path), "file", f"cannot be read: {error.strerror or error}"))
    if problems:
        raise RequirementsError(problems)
    return sets


def load(
    wanted: dict[str, Requirements], *, at: datetime, show: Show = not_shown
) -> tuple[list[actions.Change], Repointed]:
    """Release shares in removed areas, write the sets, alert who needs more, and re-point the cycles.

    `show` is given how many open cycles have been updated so far.
    """
    changes = actions.changes_of(wanted, providers=Provider.objects.values_list("code", flat=True))
    released = release_areas(areas=actions.removed_areas(changes), at=at)
    actions.load(changes)
    changed = {one.row.pk: (one.kept, one.wanted) for one in changes if one.row is not None and one.kept is not None}
    tell_raised(changed, at=at)
    repointed = repoint_cycles(at=at, show=show)
    # Cycles of an added set were re-pointed to it just now, and are up to date.
    edited = [one.row for one in changes if one.row is not None and one.is_needed]
    open_cycles = Cycle.objects.filter(requirement_set__in=edited, closed_at=None, shares_frozen_at=None)
    refreshed = list(open_cycles.filter(status__isnull=False).order_by("id").values_list("pk", flat=True))
    refresh_cycles(refreshed, at=at, show=lambda cycles: show(repointed.cycles + cycles))
    return changes, Repointed(repointed.cycles, repointed.released + released)
