"""The activities of the demo and who is interested in which."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("activities.toml")


@dataclass(frozen=True)
class Activity:
    """A course that a provider delivers or, with `organiser`, an activity that holders record themselves."""

    title: str
    subjects: tuple[str, ...]
    points: Decimal
    kind: str = "ce-course"
    organiser: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All activities of the demo."""

    courses: tuple[Activity, ...]
    own: tuple[Activity, ...]
    college: Activity
    interests: dict[str, list[str]]

    def interests_of(self, credential: str) -> list[str]:
        """The subjects of the work that a credential certifies."""
        return self.interests.get(credential.partition("(")[0], self.interests["general"])


def read_catalogue() -> Catalogue:
    """Read the activities from activities.toml."""
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))
    courses = (_course(subject, row) for subject, rows in said["courses"].items() for row in rows)
    return Catalogue(
        courses=tuple(courses),
        own=tuple(map(_own, said["own"])),
        college=_own(said["college"]),
        interests=said["interests"],
    )


def _course(subject: str, row: list[str]) -> Activity:
    points, title, *further = row
    return Activity(title=title, subjects=(subject, *further), points=Decimal(points))


def _own(row: dict[str, Any]) -> Activity:
    return Activity(
        title=row["title"],
        subjects=tuple(row["subjects"]),
        points=Decimal(row["points"]),
        kind=row["kind"],
        organiser=row["provider"],
    )


def about(activities: Iterable[Activity], subjects: Iterable[str]) -> list[Activity]:
    """The activities whose main subject is one of these."""
    wanted = set(subjects)
    return [activity for activity in activities if activity.subjects[0] in wanted]
