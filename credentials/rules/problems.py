"""Problems in a requirements file, collected and reported together, each with its remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix: the file, the key in it, and what to do."""

    name: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.key}: {self.message}"


class RequirementsError(ValueError):
    """A requirements file cannot be used; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Problems:
    """The problems found so far in one file."""

    name: str
    found: list[Problem] = field(default_factory=list)

    def note(self, key: str, message: str) -> None:
        self.found.append(Problem(self.name, key, message))

    def raise_if_any(self) -> None:
        if self.found:
            raise RequirementsError(self.found)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Suggest the closest known word, or list all of them if none is close."""
    known = list(known)
    if close := get_close_matches(word, known, n=1):
        return f'did you mean "{close[0]}"?'
    return f"use one of: {', '.join(known)}"
