"""Typed reading of environment variables, with every missing one named at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class InvalidEnvironment(SystemExit):
    """A variable is missing or malformed: the process ends with exit code 2 and one line for each."""


@dataclass
class Environment:
    """The process's environment; `production` makes the variables required that have a development value."""

    values: Mapping[str, str]
    production: bool = False
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, values: Mapping[str, str] = os.environ) -> "Environment":
        """The environment as it is now."""
        return cls(values=values, production=values.get("CMP_ENV") == "production")

    def text(self, name: str, *, default: str) -> str:
        return self.values.get(name) or default

    def required(self, name: str, *, development: str) -> str:
        """A value that production must set itself."""
        value = self.values.get(name, "")
        if not value and self.production:
            self.problems.append(f"{name} is not set")
        return value or development

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.values.get(name)
        if value is None:
            return default
        if value.lower() not in TRUE | FALSE:
            self.problems.append(f"{name} is {value!r}: write 1 or 0")
        return value.lower() in TRUE

    def integer(self, name: str, *, default: int) -> int:
        value = self.optional_integer(name)
        return default if value is None else value

    def optional_integer(self, name: str) -> int | None:
        value = self.values.get(name, "")
        if not value:
            return None
        if not value.isascii() or not value.isdigit():
            self.problems.append(f"{name} is {value!r}: write a whole number")
            return None
        return int(value)

    def list(self, name: str, *, default: list[str]) -> list[str]:
        """Values separated by commas."""
        given = [part.strip() for part in self.values.get(name, "").split(",") if part.strip()]
        return given or default

    def mapping(self, name: str) -> dict[str, str]:
        """Pairs separated by commas: "cmp-reviewers=reviewer, cmp-auditors=auditor"."""
        pairs = [pair.partition("=") for pair in self.list(name, default=[])]
        if wrong := [key for key, _sign, value in pairs if not key.strip() or not value.strip()]:
            self.problems.append(f"{name} has {wrong[0]!r}: write name=value, separated by commas")
        return {key.strip(): value.strip() for key, _sign, value in pairs}

    def complain_about_missing(self, *, stream: TextIO) -> None:
        """Ends the process if anything read so far was missing or malformed."""
        if self.problems:
            stream.write("".join(f"settings: {problem}\n" for problem in self.problems))
            raise InvalidEnvironment(2)
