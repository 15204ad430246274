"""What there is to learn, and whom it interests."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("activities.toml")


@dataclass(frozen=True)
class Activity:
    """A course a provider delivers, or (with `organiser`) something holders record themselves."""

    title: str
    subjects: tuple[str, ...]
    points: Decimal
    kind: str = "ce-course"
    organiser: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be learned in the demo."""

    courses: tuple[Activity, ...]
    own: tuple[Activity, ...]
    college: Activity
    interests: dict[str, list[str]]

    def interests_of(self, credential: str) -> list[str]:
        """The subjects of the work a credential stands for."""
        return self.interests.get(credential.partition("(")[0], self.interests["general"])


def read_catalogue() -> Catalogue:
    """The activities of the file beside this module."""
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
    """The activities that are first of all about one of the subjects."""
    wanted = set(subjects)
    return [activity for activity in activities if activity.subjects[0] in wanted]
