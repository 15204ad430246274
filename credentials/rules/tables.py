"""Read one TOML table: an invalid value is noted and treated as absent, so that all problems are reported at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from credentials.rules.problems import Problems, suggestion

HUNDREDTH = Decimal("0.01")
POINTS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
SHARE = re.compile(r"([0-9]+(?:\.[0-9]{1,2})?) ?%")
WRONG_POINTS = (
    (re.compile(r"-.*"), "is negative; points must be zero or more"),
    (re.compile(r"[0-9]{7,}.*"), "is too large; points must be less than a million"),
    (re.compile(r"[0-9]+,[0-9]+"), "has a decimal comma; use a decimal point"),
    (re.compile(r"[0-9]+\.[0-9]{3,}"), "has more than two decimals; round it to hundredths"),
    (
        re.compile(r"[0-9.]+ ?(per ?cent|pct).*|[0-9]+ ?/ ?[0-9]+|half"),
        'is a percentage without %; write, for example, "50%"',
    ),
)
EXAMPLES = {
    "credential": '"MLS(ASCP)"',
    "code": '"safety"',
    "title": '"…"',
    "version": '"1"',
    "total": '"36"',
    "step": '"0.25"',
    "accepts": '["safety"]',
}
CODE = re.compile(r"[^\s,;*]+")


@dataclass(frozen=True, slots=True)
class PartOfTotal:
    """A limit given as a percentage of the required total."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """The values of one TOML table; `where` identifies it in messages."""

    values: dict[str, object]
    where: str
    problems: Problems

    def note(self, key: str, message: str) -> None:
        self.problems.note(f"{self.where}{key}", message)

    def check_keys(self, known: Iterable[str], *, of_file: Iterable[str] = ()) -> None:
        """Note unknown keys; TOML assigns a key `of_file` that is below the first heading to that heading."""
        known, of_file = tuple(known), tuple(of_file)
        for key in self.values:
            if key not in known:
                misplaced = "move it to the top of the file, above the first [[area]]"
                self.note(key, f"unknown key; {misplaced if key in of_file else suggestion(key, known)}")

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.values:
                self.note(key, f"missing key; add {key} = {EXAMPLES[key]}")

    def text(self, key: str, longest: int = 300) -> str:
        """The string at `key`; empty if absent or invalid."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.note(key, f'must be text; write {key} = "{value}"')
            return ""
        if key in self.values and not value.strip():
            self.note(key, "is empty; fill it in or leave the key out")
        if len(value) > longest:
            self.note(key, f"is longer than {longest} characters; shorten it")
        return value

    def code(self) -> str:
        """The code of an area or rule: one word of at most 40 characters."""
        code = self.text("code", longest=40)
        if code.strip() and not CODE.fullmatch(code):
            self.note("code", f'"{code}" must be one word without * , or ;')
        return code

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.note(key, f"must be true or false without quotes; write {key} = false")
        return value is True

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.note(key, f"must be a date without quotes; write {key} = 2022-01-01")
        return None

    def words(self, key: str) -> frozenset[str] | None:
        """The words of a list; None if absent or invalid."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            self.note(key, f'must be a list of words; write {key} = ["…"]')
            return None
        if not value:
            self.note(key, "is an empty list, which matches nothing; name at least one, or leave the key out for all")
            return None
        return frozenset(value)

    def points(self, key: str) -> Decimal | None:
        """Points from a quoted number; None if absent or invalid."""
        value = self.limit(key)
        if isinstance(value, PartOfTotal):
            self.note(key, "must be points, not a percentage")
            return None
        return value

    def limit(self, key: str) -> Decimal | PartOfTotal | None:
        """Points, or a percentage of the total; None if absent or invalid."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.note(key, f'points must be quoted, not a bare number; write {key} = "{_plain(value)}"')
            return None
        if POINTS.fullmatch(value):
            return Decimal(value).quantize(HUNDREDTH)
        if (share := SHARE.fullmatch(value)) and Decimal(share[1]) <= 100:
            return PartOfTotal(Decimal(share[1]))
        self.note(key, f'"{value}" {_what_is_wrong(value)}')
        return None


def _plain(value: object) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else "2.5"


def _what_is_wrong(value: str) -> str:
    if SHARE.fullmatch(value):
        return 'is more than 100%; write at most "100%"'
    for pattern, message in WRONG_POINTS:
        if pattern.fullmatch(value):
            return message
    return 'is not a number of points; write, for example, "2.5"'
