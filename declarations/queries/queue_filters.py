"""Filters of the review queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q

from accounts.models import User
from cmp_portal.lib import addresses
from declarations.enums import Flag, State
from declarations.rules import UNDECIDED

NONE = "none"
ANSWERED = "answered"
LIST = "admin:declarations_declaration_changelist"


class Group(NamedTuple):
    """A group of waiting declarations that no state alone describes."""

    label: Any
    condition: Q
    # Which of these a reviewer may decide.
    to_decide: Callable[[User], Q]


# Groups that dependent apps know of; each app registers its own when it is loaded.
GROUPS: dict[str, Group] = {}


@dataclass(frozen=True)
class QueueFilters:
    """The filters a reviewer has chosen; unknown values are ignored."""

    state: str = ""
    type: str = ""
    flag: str = ""
    taken: str = ""
    due: str = ""
    # "me": only what this reviewer may decide.
    decide: str = ""
    q: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "QueueFilters":
        choices: dict[str, Callable[[str], bool]] = {
            "state": lambda text: text in {*State.values, *GROUPS, ANSWERED},
            "type": lambda text: text.isascii() and text.isdigit() and len(text) < 10,
            "flag": lambda text: text in {*Flag.values, NONE},
            "taken": lambda text: text in {"mine", "free"},
            "due": lambda text: text == "over",
            "decide": lambda text: text == "me",
            "q": lambda text: bool(text),
        }
        texts = {name: said.get(name, "").replace("\0", "").strip()[:80] for name in choices}
        return cls(**{name: text for name, text in texts.items() if choices[name](text)})

    @property
    def is_of_decided(self) -> bool:
        """Whether the list may include declarations that are no longer waiting."""
        return bool(self.q) or self.state not in {"", *UNDECIDED, *GROUPS}

    def url(self, *, page: str = LIST, **changed: str) -> str:
        """The URL of the same list with some filters changed, or of another page that returns to it."""
        query, base = self.query(**changed), addresses.page(page)
        return f"{base}?{query}" if query else base

    def query(self, **changed: str) -> str:
        """The query string of the same list with some filters changed."""
        return urlencode({name: text for name, text in {**vars(self), **changed}.items() if text})
