"""The standard admin routes, which every model in the back office has."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.enums import Permission
from tests.access.rules import Address, Cell, Rule, Visitor, but, may, nobody, who_may


@dataclass(frozen=True)
class Desk:
    """A model in the back office, and the permissions to view, add and change its rows; deleting is never allowed.

    `sends`: who may POST to the change page, if that differs from who may change rows.
    """

    model: str
    meaning: str
    see: Permission
    keep: Permission | None = None
    adds: bool = True
    sends: Rule | None = None

    @property
    def lower(self) -> str:
        return self.model.lower()

    def addresses(self) -> Iterator[Address]:
        name, see, keep = f"admin:{self.lower.replace('.', '_')}", who_may(self.see), self._keepers()
        add = keep if self.adds else nobody()
        yield Address(f"{name}_changelist", f"{self.meaning}: the list", get=see, post=see)
        yield Address(
            f"{name}_change", f"{self.meaning}: one of them", get=see, post=self.sends or keep, of=(self.model,)
        )
        yield Address(f"{name}_history", f"{self.meaning}: the history of one", get=see, post=see, of=(self.model,))
        yield Address(f"{name}_add", f"{self.meaning}: a new one", get=add, post=add)
        yield Address(f"{name}_delete", f"{self.meaning}: delete one", get=nobody(), post=nobody(), of=(self.model,))
        short, on = f"admin/{self.lower.replace('.', '/')}/<path:object_id>/", enter(Cell.ON)
        yield Address(short, f"{self.meaning}: one, by its short URL", get=on, post=on, of=(self.model,))

    def _keepers(self) -> Rule:
        return who_may(self.keep) if self.keep else nobody()


def by_app(desks: list[Desk]) -> dict[str, list[Address]]:
    """The standard routes, by app."""
    found: dict[str, list[Address]] = {}
    for desk in desks:
        found.setdefault(desk.model.partition(".")[0], []).extend(desk.addresses())
    return found


def offered(see: Permission, act: Permission | None = None) -> Rule:
    """An action available with `act`; with `see` alone the list is shown without it."""
    seeing = who_may(see, Cell.NOT_OFFERED)
    return but(seeing, Cell.IN, *(who for who in Visitor if act and may(who, act)))


def deciding(permission: Permission) -> Rule:
    """Who decides for the Board, except on their own record."""
    return but(who_may(permission), Cell.REFUSED, Visitor.OWN)


def enter(cell: Cell = Cell.IN) -> Rule:
    """Anyone with access to the back office."""
    return who_may(Permission.BACK_OFFICE, cell)


def decision(name: str, meaning: str, permission: Permission, *of: str, **data: str) -> Address:
    """A route with which the Board decides on one row."""
    return Address(name, meaning, get=enter(Cell.METHOD), post=deciding(permission), of=of, data=data)
