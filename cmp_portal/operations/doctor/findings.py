from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """The result of a check: its subject, its state and what to do about it."""

    level: Level
    what: str
    told: str
    to_do: str = ""

    def __str__(self) -> str:
        return f"{self.level:8}{self.what}: {self.told}" + (f" – {self.to_do}" if self.to_do else "")


def ok(what: str, told: str) -> Finding:
    return Finding(Level.OK, what, told)


def warning(what: str, told: str, to_do: str) -> Finding:
    return Finding(Level.WARNING, what, told, to_do)


def problem(what: str, told: str, to_do: str) -> Finding:
    return Finding(Level.PROBLEM, what, told, to_do)


def by_limits(figure: float, *, warn: float, alarm: float) -> Level:
    """The level of a figure for which lower is better."""
    return Level.PROBLEM if figure >= alarm else Level.WARNING if figure >= warn else Level.OK
