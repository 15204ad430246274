"""In what words the table speaks: who asks, what they get, and rules that give each of them an answer."""

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
    # All hats of the Board, and the record behind every address is their own.
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
    """Public; `signed_in` where those who are signed in get something else."""
    return {who: cell if who == Visitor.ANONYMOUS else signed_in or cell for who in Visitor}


def signed_in(cell: Cell = Cell.IN) -> Rule:
    """Whoever has signed in, whatever their role."""
    return everyone(Cell.LOGIN, signed_in=cell)


def who_may(permission: str, cell: Cell = Cell.IN, *, others: Cell = Cell.REFUSED) -> Rule:
    """Whoever holds the permission."""
    return {who: cell if may(who, permission) else answer for who, answer in signed_in(others).items()}


def owner(permission: str, *, board: str = "", cell: Cell = Cell.IN) -> Rule:
    """Whose object it is, if they hold the permission; nothing for other holders; `board` lets the Board in too."""
    own = {who: cell if who in OWNERS else Cell.ABSENT for who in Visitor if may(who, permission)}
    return {**(who_may(board, others=Cell.ABSENT) if board else signed_in(Cell.REFUSED)), **own}


def by_token() -> Rule:
    """A provider's system, by its token; nobody by who they are."""
    return but(everyone(Cell.NO_TOKEN), Cell.IN, Visitor.PROVIDER)


def having(thing: Cell = Cell.IN, *, without: Cell) -> Rule:
    """Whoever is signed in and has such a thing themselves."""
    return but(signed_in(without), thing, *OWNERS)


def but(rule: Rule, cell: Cell, *visitors: Visitor) -> Rule:
    """The rule, with another answer for some."""
    return {**rule, **dict.fromkeys(visitors, cell)}


def nobody() -> Rule:
    """What exists and is never allowed."""
    return signed_in(Cell.REFUSED)


@dataclass(frozen=True)
class Address:
    """One line of the table: an address by its name, or by its route where it has none, and who gets what there.

    `of` are the parts of the address: names of rows of the world, or words as they are behind a “=”.
    A method without a rule is refused with 405 by what lets in those who have one.
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
        # The back office asks first who it is, the portal first what for.
        kept = {Cell.LOGIN, Cell.REFUSED} if self.name.startswith("admin") else {Cell.LOGIN}
        return given or {who: cell if cell in kept else Cell.METHOD for who, cell in (other or signed_in()).items()}


@dataclass(frozen=True)
class Action:
    """Something done with several rows of a list of the back office at once."""

    model: str
    name: str
    meaning: str
    rule: Rule

    def __str__(self) -> str:
        return f"{self.model} {self.name}"
