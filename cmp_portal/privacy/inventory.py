"""The closed list of what is stored of people, read from the file beside it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).with_name("inventory.toml")


class Leaves(StrEnum):
    """When what a table says of people leaves it."""

    CLOSED = "closed"
    ERASED = "erased"
    FORGOTTEN = "forgotten"
    SWEPT = "swept"
    KEPT = "kept"
    NONE = "none"


@dataclass(frozen=True)
class Table:
    """A model by its label, with its columns: those that say something of people, and the others."""

    label: str
    what: str
    leaves: Leaves
    personal: tuple[str, ...]
    other: tuple[str, ...]


def tables() -> Iterator[Table]:
    for label, said in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        columns = {name: tuple(said[name].split()) for name in ("personal", "other")}
        yield Table(label, said["what"], Leaves(said["leaves"]), **columns)
