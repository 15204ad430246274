"""Generate docs/access.md from the table."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.urls import get_resolver

from accounts.enums import ROLE_PERMISSIONS, Permission, Role
from tests.access import sweep
from tests.access.rules import Action, Address, Cell, Rule, Visitor
from tests.access.table import ACTIONS, ADDRESSES, TABLE

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "access.md"
HEAD = """\
# Who may do what

Written by `python -m tests.access` from the table in `tests/access/table.py`; `tests/access` asks for each cell by a
real request and fails when this page is stale, or when an address or an action has no line.

{addresses} addresses and {actions} actions of the back office x {visitors} visitors.

| sign | meaning |
| --- | --- |
| ✓ | gets in: sees the page, or is heard |
| → | is led on: there is nothing to do here, or it is done elsewhere |
| login | is asked to log in, and comes back afterwards |
| 401 | is asked for a token: no session counts there, and the provider brings one |
| 403 | may not, and is told so |
| 404 | finds nothing: for them it does not exist |
| 410 | is told that there is nothing left to do |
| – | sees the list, which does not offer the action |

A method without a line (of GET and POST) is refused with 405, and tried as well.

*Holder* is the person whose record it is, *other holder* somebody else with a record. *Own* is a member of staff with
all roles of the Board who asks about their own record: nobody decides on their own. Nor does an administrator change
their own login: another one gives roles, and takes them.
"""


def document() -> str:
    """The expected content of the page."""
    counted = HEAD.format(addresses=len(ADDRESSES), actions=len(ACTIONS), visitors=len(Visitor))
    sections = [_section(title, _address_lines(addresses)) for title, addresses in TABLE.items()]
    actions = _section("The back office: several rows at once", [_action_line(action) for action in ACTIONS])
    return "\n".join([counted, _permissions(), *sections, actions])


def _permissions() -> str:
    lines = ["## Permissions", "", _row("permission", *(role.label.lower() for role in Role)), _row(*["---"] * 7)]
    for permission in Permission:
        held = ("✓" if permission in ROLE_PERMISSIONS[role] else "" for role in Role)
        lines.append(_row(f"{permission.label} (`{permission}`)", *held))
    return "\n".join([*lines, ""])


def _section(title: str, lines: Iterable[str]) -> str:
    columns = ["what", "how", "address", *Visitor]
    return "\n".join([f"## {title}", "", _row(*columns), _row(*["---"] * len(columns)), *lines, ""])


def _address_lines(addresses: Iterable[Address]) -> Iterator[str]:
    routes = dict(sweep.addresses(get_resolver()))
    for address in addresses:
        shown = [part[1:] if part.startswith("=") else "…" for part in address.of]
        where = f"`{sweep.filled(routes[address.name], shown)}`"
        if address.get == address.post and address.get:
            yield _line(address.meaning, "GET POST", where, address.get)
            continue
        for method, rule in (("GET", address.get), ("POST", address.post)):
            if rule and Cell.METHOD not in rule.values():
                yield _line(address.meaning, method, where, rule)


def _action_line(action: Action) -> str:
    return _line(action.meaning, "POST", f"`{action.name}`", action.rule)


def _line(meaning: str, how: str, where: str, rule: Rule) -> str:
    return _row(meaning, how, where, *(rule[who] for who in Visitor))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
