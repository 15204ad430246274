"""Typed reading of environment variables that reports all missing or malformed ones at once."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cmp_portal.lib.shapes import Shape

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
# A century, in the unit that ends a setting's name: subtracting anything longer would overflow dates.
LONGEST = {"YEARS": 100, "DAYS": 36_525, "HOURS": 876_600, "MINUTES": 52_596_000, "SECONDS": 3_155_760_000}
GREATEST = 2**63 - 1
# One of the limits in a rate limit, as allauth reads it: the number, the period and what is counted, by default "ip".
RATE = re.compile(r"[0-9]{1,9}/(?:[1-9][0-9]{0,3})?[smhd](?:/([a-z]+))?")


class InvalidEnvironment(SystemExit):
    """Variables are missing or malformed: the process ends with exit code 2, after one line for each."""


@dataclass
class Environment:
    """The process's environment; in production, variables with only a development default are required.

    Any variable can be replaced by one with the suffix `_FILE` that names a file with the value; this keeps secrets out
    of anything that displays a process's environment.
    """

    values: Mapping[str, str]
    production: bool = False
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, values: Mapping[str, str] = os.environ) -> "Environment":
        """A snapshot of the current environment; a misspelled CMP_ENV must not start production as development."""
        env = cls(values=values)
        env.production = env.choice("CMP_ENV", of=("production", "development"), default="development") == "production"
        return env

    def value(self, name: str) -> str:
        """The value of the variable or of its file; empty if neither is set."""
        value, file = self.values.get(name, ""), self.values.get(f"{name}_FILE", "")
        if not file:
            return value
        if value:
            self.problems.append(f"{name} and {name}_FILE are both set: keep only one")
            return value
        try:
            return Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text file"
            self.problems.append(f"{name}_FILE is {file!r}, which cannot be read: {reason}")
            return ""

    def text(self, name: str, *, default: str, shape: Shape | None = None) -> str:
        return self._shaped(name, self.value(name), shape) or default

    def choice(self, name: str, *, of: Sequence[str], default: str) -> str:
        value = self.text(name, default=default)
        if value not in of:
            self.problems.append(f"{name} is {value!r}, but must be one of: {', '.join(of)}")
            return default
        return value

    def zone(self, name: str, *, default: str) -> str:
        """The name of a time zone."""
        value = self.text(name, default=default)
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.problems.append(f"{name} is {value!r}, but must be a time zone such as {default}")
            return default

    def limits(self, name: str, *, default: str, per: Sequence[str]) -> str:
        """Rate limits such as "30/m/ip,500/d/ip", each per one of those things that the place of use knows."""
        value = self.text(name, default=default)
        found = [RATE.fullmatch(part.strip()) for part in value.split(",")]
        if any(one is None or (one[1] or "ip") not in per for one in found):
            what = " or ".join(f"/{one}" for one in per)
            self.problems.append(f"{name} is {value!r}, but must be limits such as {default}, each ending in {what}")
            return default
        return value

    def required(self, name: str, *, development: str, shape: Shape | None = None) -> str:
        """A value that has a default in development only."""
        before = len(self.problems)
        value = self._shaped(name, self.value(name), shape)
        if not value and self.production and len(self.problems) == before:
            self.problems.append(f"{name} is not set")
        return value or development

    def _shaped(self, name: str, value: str, shape: Shape | None) -> str:
        """The value, or none if it does not have the shape."""
        if not value or shape is None or shape.fits(value):
            return value
        self.problems.append(f"{name} is {value!r}, but must be {shape.words}")
        return ""

    def flag(self, name: str, *, default: bool) -> bool:
        if not {name, f"{name}_FILE"} & set(self.values):
            return default
        value = self.value(name)
        if value.lower() not in TRUE | FALSE:
            self.problems.append(f"{name} is {value!r}, but must be 1 or 0")
        return value.lower() in TRUE

    def integer(self, name: str, *, default: int, least: int = 0, most: int = GREATEST) -> int:
        value = self.optional_integer(name, most=most)
        if value is not None and value < least:
            self.problems.append(f"{name} is '{value}', but must be a whole number of at least {least}")
            return default
        return default if value is None else value

    def optional_integer(self, name: str, *, most: int = GREATEST) -> int | None:
        value = self.value(name)
        if not value:
            return None
        if not value.isascii() or not value.isdigit():
            self.problems.append(f"{name} is {value!r}, but must be a whole number")
            return None
        most = min(most, LONGEST.get(name.rpartition("_")[2], most))
        if len(value) > len(str(GREATEST)) or int(value) > most:
            self.problems.append(f"{name} is {value!r}, but must be a whole number up to {most}")
            return None
        return int(value)

    def list(self, name: str, *, default: list[str]) -> list[str]:
        """Comma-separated values."""
        given = [part.strip() for part in self.value(name).split(",") if part.strip()]
        return given or default

    def networks(self, name: str) -> Sequence[str]:
        """Comma-separated networks: "10.0.0.0/8, fd00::/8"; an address by itself is the network of one."""
        given = self.list(name, default=[])
        for one in given:
            try:
                ip_network(one)
            except ValueError as error:
                self.problems.append(f"{name} has {one!r}, but must be networks such as 10.0.0.0/8: {error}")
        return given

    def mapping(self, name: str) -> dict[str, str]:
        """Comma-separated pairs: "cmp-reviewers=reviewer, cmp-auditors=auditor"."""
        pairs = [pair.partition("=") for pair in self.list(name, default=[])]
        if wrong := [key for key, _sign, value in pairs if not key.strip() or not value.strip()]:
            self.problems.append(f"{name} has {wrong[0]!r}, but must be name=value pairs, separated by commas")
        found = {key.strip(): value.strip() for key, _sign, value in pairs}
        if len(found) < len(pairs):
            twice = next(key for key in found if sum(one.strip() == key for one, _sign, _value in pairs) > 1)
            self.problems.append(f"{name} names {twice!r} twice: keep only one")
        return found

    def complain_about_missing(self, *, stream: TextIO) -> None:
        """End the process if any variable read so far was missing or malformed."""
        if self.problems:
            stream.write("".join(f"settings: {problem}\n" for problem in self.problems))
            raise InvalidEnvironment(2)
