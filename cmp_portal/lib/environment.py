"""Typed reading of environment variables, with every missing one named at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
# A century, by the last word of a setting's name: of what is longer, calendars have no day to begin at.
LONGEST = {"YEARS": 100, "DAYS": 36_525, "HOURS": 876_600, "MINUTES": 52_596_000, "SECONDS": 3_155_760_000}
GREATEST = 2**63 - 1


class InvalidEnvironment(SystemExit):
    """A variable is missing or malformed: the process ends with exit code 2 and one line for each."""


@dataclass
class Environment:
    """The process's environment; `production` makes the variables required that have a development value.

    Instead of any variable, one of its name and `_FILE` may say in which file its value stands: so secrets stay out of
    what shows a process's environment.
    """

    values: Mapping[str, str]
    production: bool = False
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, values: Mapping[str, str] = os.environ) -> "Environment":
        """The environment as it is now."""
        return cls(values=values, production=values.get("CMP_ENV") == "production")

    def value(self, name: str) -> str:
        """What is set, in the variable or in its file; empty if neither is."""
        value, file = self.values.get(name, ""), self.values.get(f"{name}_FILE", "")
        if not file:
            return value
        if value:
            self.problems.append(f"{name} and {name}_FILE are both set: keep one")
            return value
        try:
            return Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            self.problems.append(f"{name}_FILE is {file!r}, which cannot be read: {reason}")
            return ""

    def text(self, name: str, *, default: str) -> str:
        return self.value(name) or default

    def required(self, name: str, *, development: str) -> str:
        """A value that production must set itself."""
        before = len(self.problems)
        value = self.value(name)
        if not value and self.production and len(self.problems) == before:
            self.problems.append(f"{name} is not set")
        return value or development

    def flag(self, name: str, *, default: bool) -> bool:
        if not {name, f"{name}_FILE"} & set(self.values):
            return default
        value = self.value(name)
        if value.lower() not in TRUE | FALSE:
            self.problems.append(f"{name} is {value!r}: write 1 or 0")
        return value.lower() in TRUE

    def integer(self, name: str, *, default: int, most: int = GREATEST) -> int:
        value = self.optional_integer(name, most=most)
        return default if value is None else value

    def optional_integer(self, name: str, *, most: int = GREATEST) -> int | None:
        value = self.value(name)
        if not value:
            return None
        if not value.isascii() or not value.isdigit():
            self.problems.append(f"{name} is {value!r}: write a whole number")
            return None
        most = min(most, LONGEST.get(name.rpartition("_")[2], most))
        if len(value) > len(str(GREATEST)) or int(value) > most:
            self.problems.append(f"{name} is {value!r}: write a whole number up to {most}")
            return None
        return int(value)

    def list(self, name: str, *, default: list[str]) -> list[str]:
        """Values separated by commas."""
        given = [part.strip() for part in self.value(name).split(",") if part.strip()]
        return given or default

    def mapping(self, name: str) -> dict[str, str]:
        """Pairs separated by commas: "cmp-reviewers=reviewer, cmp-auditors=auditor"."""
        pairs = [pair.partition("=") for pair in self.list(name, default=[])]
        if wrong := [key for key, _sign, value in pairs if not key.strip() or not value.strip()]:
            self.problems.append(f"{name} has {wrong[0]!r}: write name=value, separated by commas")
        found = {key.strip(): value.strip() for key, _sign, value in pairs}
        if len(found) < len(pairs):
            twice = next(key for key in found if sum(one.strip() == key for one, _sign, _value in pairs) > 1)
            self.problems.append(f"{name} names {twice!r} twice: keep one")
        return found

    def complain_about_missing(self, *, stream: TextIO) -> None:
        """Ends the process if anything read so far was missing or malformed."""
        if self.problems:
            stream.write("".join(f"settings: {problem}\n" for problem in self.problems))
            raise InvalidEnvironment(2)
