"""Vocabulary of the access matrix: visitors, outcomes, and rules that give each visitor an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from accounts.enums import ROLE_PERMISSIONS, Role


class Visitor(StrEnum):
    ANONYMOUS = "anonymous"
    HOLDER = "holder"
    OTHER = "other holder"
    PROVIDER = "provider"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    REGISTRAR = "registrar"
    ADMINISTRATOR = "administrator"
    OWN = "own"


ROLES: dict[Visitor, frozenset[Role]] = {
    Visitor.ANONYMOUS: frozenset(),
    Visitor.HOLDER: frozenset({Role.HOLDER}),
    Visitor.OTHER: frozenset({Role.HOLDER}),
    Visitor.PROVIDER: frozenset({Role.PROVIDER}),
    Visitor.REVIEWER: frozenset({Role.REVIEWER}),
    Visitor.AUDITOR: frozenset({Role.AUDITOR}),
    Visitor.REGISTRAR: frozenset({Role.REGISTRAR}),
    Visitor.ADMINISTRATOR: frozenset({Role.ADMINISTRATOR}),
    # A member of staff with all of the Board's roles, who also owns the record behind every route.
    Visitor.OWN: frozenset({Role.HOLDER, Role.REVIEWER, Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR}),
}
OWNERS = frozenset({Visitor.HOLDER, Visitor.OWN})


class Cell(StrEnum):
    IN = "✓"
    ON = "→"
    LOGIN = "login"
    NO_TOKEN = "401"
    REFUSED = "403"
    ABSENT = "404"
    METHOD = "405"
    OVER = "410"
    NOT_OFFERED = "–"


Rule = Mapping[Visitor, Cell]


def may(visitor: Visitor, permission: str) -> bool:
    return any(permission in ROLE_PERMISSIONS[role] for role in ROLES[visitor])


def everyone(cell: Cell = Cell.IN, *, signed_in: Cell | None = None) -> Rule:
    """Public; `signed_in` is the outcome for signed-in visitors where it differs."""
    return {who: cell if who == Visitor.ANONYMOUS else signed_in or cell for who in Visitor}


def signed_in(cell: Cell = Cell.IN) -> Rule:
    """Every signed-in visitor, whatever their role."""
    return everyone(Cell.LOGIN, signed_in=cell)


def who_may(permission: str, cell: Cell = Cell.IN, *, others: Cell = Cell.REFUSED) -> Rule:
    """Everyone who holds the permission."""
    return {who: cell if may(who, permission) else answer for who, answer in signed_in(others).items()}


def owner(permission: str, *, board: str = "", cell: Cell = Cell.IN) -> Rule:
    """The object's owner, if they hold the permission; 404 for other holders; `board` also admits staff."""
    own = {who: cell if who in OWNERS else Cell.ABSENT for who in Visitor if may(who, permission)}
    return {**(who_may(board, others=Cell.ABSENT) if board else signed_in(Cell.REFUSED)), **own}


def by_token() -> Rule:
    """A provider's system, authenticated by its API token; no session is accepted."""
    return but(everyone(Cell.NO_TOKEN), Cell.IN, Visitor.PROVIDER)


def having(thing: Cell = Cell.IN, *, without: Cell) -> Rule:
    """Signed-in visitors who own such an object themselves."""
    return but(signed_in(without), thing, *OWNERS)


def but(rule: Rule, cell: Cell, *visitors: Visitor) -> Rule:
    """The rule with a different outcome for some visitors."""
    return {**rule, **dict.fromkeys(visitors, cell)}


def nobody() -> Rule:
    """A route that exists but is never allowed."""
    return signed_in(Cell.REFUSED)


@dataclass(frozen=True)
class Address:
    """One line of the table: a route, by name or else by pattern, and the outcome for each visitor.

    `of` are the arguments of the route: names of rows in the world, or literal words after “=”.
    A method without a rule gives 405 to those whom the other method admits.
    """

    name: str
    meaning: str
    get: Rule | None = None
    post: Rule | None = None
    of: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.name, *self.of])

    def rule(self, method: str) -> Rule:
        given, other = (self.get, self.post) if method == "GET" else (self.post, self.get)
        # The back office checks access before the method, the portal the method before access.
        kept = {Cell.LOGIN, Cell.REFUSED} if self.name.startswith("admin") else {Cell.LOGIN}
        return given or {who: cell if cell in kept else Cell.METHOD for who, cell in (other or signed_in()).items()}


@dataclass(frozen=True)
class Action:
    """A back-office action on the selected rows of a list."""

    model: str
    name: str
    meaning: str
    rule: Rule

    def __str__(self) -> str:
        return f"{self.model} {self.name}"
