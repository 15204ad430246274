"""Reads requirements, credits and shares from files, and stops at the first invalid value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from cmp_portal.lib.feeds.cells import Column, shown
from cmp_portal.lib.feeds.reading import Feed
from cmp_portal.lib.feeds.records import Record
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.texts import read_text
from credentials.rules import CycleFacts, Requirements, RequirementsError, Window, read_requirements, window
from credentials.rules.problems import suggestion
from education.checking.cells import CREDIT_COLUMNS, SHARE_COLUMNS, day
from education.rules import CreditFacts, Share

LONGEST_CYCLE = 100  # years


class BadInput(ValueError):
    """A file or an option that can't be used; the message is one line that says where and how to fix it."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The files to read."""

    requirements: Path
    credits: Path
    shares: Path | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What to evaluate; `on` is the day of the evaluation, or None if it does not matter."""

    requirements: Requirements
    credits: tuple[CreditFacts, ...]
    shares: tuple[Share, ...]
    window: Window
    on: date | None = None


def read_inputs(paths: Paths, *, starts: str, ends: str, on: str | None = None, years: int = 3) -> Inputs:
    """Reads everything from the files and the options. Raises BadInput."""
    days = read_window(starts, ends, on, years)
    requirements = read_requirements_file(paths.requirements)
    credits = read_credits(paths.credits)
    shares = read_shares(paths.shares, requirements, credits) if paths.shares else ()
    return Inputs(requirements, credits, shares, days, None if on is None else date.fromisoformat(on.strip()))


# --- Days -------------------------------------------------------------------------------------------------------------


def read_window(starts: str, ends: str, on: str | None = None, years: int = 3) -> Window:
    """The window exactly as given; if `on` is after its end, the `years` before `on`."""
    if not 1 <= years <= LONGEST_CYCLE:
        raise BadInput(f"--years: {years} is not a number of years from 1 to {LONGEST_CYCLE}")
    first, last = _day("--starts", starts), _day("--ends", ends)
    if last < first:
        raise BadInput(f"--ends: {last} is before --starts {first}")
    asked_on = first if on is None else _day("--on", on)
    try:
        return window(CycleFacts(first, last, by_month=False, years=years), on=asked_on)
    except ValueError:
        raise BadInput(f"--on: {asked_on} is too early: there are no {years} years before it") from None


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(day(text))
    except ValueError as problem:
        raise BadInput(f"{option}: {problem}") from None


# --- Files ------------------------------------------------------------------------------------------------------------


def read_requirements_file(path: Path) -> Requirements:
    """The requirements in a TOML file. Raises BadInput with all problems in one line."""
    try:
        return read_requirements(read_text(path), name=str(path))
    except RequirementsError as refusal:
        raise BadInput("; also ".join(" ".join(str(problem).split()) for problem in refusal.problems)) from None
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path}: byte {problem.start + 1} is not UTF-8; save the file as UTF-8") from None
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None


def read_credits(path: Path) -> tuple[CreditFacts, ...]:
    """The credits in a CSV file; ids must be unique."""
    credits: dict[str, CreditFacts] = {}
    for record in _records(path, CREDIT_COLUMNS):
        credit = _credit(*record.cells)
        if credit.id in credits:
            raise BadInput(f"{path}: line {record.line}: id: {shown(str(credit.id))} is used twice; give each its own")
        credits[str(credit.id)] = credit
    return tuple(credits.values())


def _credit(
    id: str, title: str, kind: str, subjects: str, provider: str, completed_on: str, points: str
) -> CreditFacts:
    return CreditFacts(
        id=id,
        title=title,
        kind=kind,
        subjects=frozenset(subjects.split(";")) - {""},
        provider=provider or None,
        completed_on=date.fromisoformat(completed_on),
        points=Decimal(points),
    )


def read_shares(path: Path, requirements: Requirements, credits: Sequence[CreditFacts]) -> tuple[Share, ...]:
    """The shares in a CSV file; those of one credit must not exceed its points."""
    left = {str(credit.id): credit.points for credit in credits}
    areas = [area.code for area in requirements.areas]
    shares = []
    for record in _records(path, SHARE_COLUMNS):
        credit, area, points = record.cells
        where = f"{path}: line {record.line}"
        if credit not in left:
            raise BadInput(f"{where}: credit: there is no credit {shown(credit)}")
        if area not in areas:
            raise BadInput(f"{where}: area: there is no area {shown(area)}; {suggestion(area, areas)}")
        share = Share(credit, area, Decimal(points))
        left[credit] -= share.points
        if left[credit] < 0:
            raise BadInput(f"{where}: points: the shares of credit {shown(credit)} exceed its points; lower a share")
        shares.append(share)
    return tuple(shares)


def _records(path: Path, columns: Sequence[Column]) -> Iterator[Record]:
    try:
        with path.open("rb") as stream:
            for record in Feed(stream, columns):
                if record.reason:
                    raise BadInput(f"{path}: line {record.line}: {record.reason}")
                yield record
    except UnusableFile as problem:
        raise BadInput(f"{path}: {problem}") from None
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None
