"""The complete inventory of personal data stored, read from inventory.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).with_name("inventory.toml")


class Leaves(StrEnum):
    """At which depth of erasure a table's personal data is removed."""

    CLOSED = "closed"
    ERASED = "erased"
    FORGOTTEN = "forgotten"
    SWEPT = "swept"
    KEPT = "kept"
    NONE = "none"


@dataclass(frozen=True)
class Table:
    """A model by label, with its columns: personal ones and others."""

    label: str
    what: str
    leaves: Leaves
    personal: tuple[str, ...]
    other: tuple[str, ...]


def tables() -> Iterator[Table]:
    for label, said in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        columns = {name: tuple(said[name].split()) for name in ("personal", "other")}
        yield Table(label, said["what"], Leaves(said["leaves"]), **columns)
