"""Audit trail of a holder's record: the history tables of all apps, read as one list, newest first."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.enums import ROLE_PERMISSIONS, Permission
from cmp_portal.lib import standby

START = datetime(1970, 1, 1).astimezone()
BOARD = [role for role, allowed in ROLE_PERMISSIONS.items() if Permission.BACK_OFFICE in allowed]
SYSTEM, YOU, STAFF, OTHER = "system", "you", "board", "other"


@dataclass(frozen=True)
class Source:
    """A history table: how its rows belong to a holder, which columns count as changes, and which others to fetch."""

    table: str
    told: tuple[str, ...]
    named: tuple[str, ...] = ()
    where: str = "e.holder_id = %(holder)s"


# The order breaks ties between entries of one moment and is part of page URLs: append only.
SOURCES = {
    "holder": Source(
        "accounts_holderevent",
        ("first_name", "last_name", "email", "customer_number", "birth_month"),
        where="e.pgh_obj_id = %(holder)s",
    ),
    "login": Source(
        "accounts_userevent",
        ("holder_id", "email", "roles", "is_active"),
        where="e.pgh_obj_id IN (SELECT o.pgh_obj_id FROM accounts_userevent o WHERE o.holder_id = %(holder)s)"
        " AND %(holder)s IN (e.holder_id, p.holder_id)",
    ),
    "claim": Source("credentials_claimevent", ("state",)),
    "change": Source("accounts_changeevent", ("state",), ("kind", "note")),
    "credential": Source("credentials_credentialevent", ("certificate_number", "certified_on", "hold")),
    "cycle": Source("credentials_cycleevent", ("starts_on", "ends_on", "closed_at")),
    "synchronisation": Source("credentials_synchronisationrequestevent", ("state",), ("note",)),
    "credit": Source("education_creditevent", ("title", "completed_on", "points", "withdrawn_at")),
    "dispute": Source("education_disputeevent", ("state",), ("answer",)),
    "declaration": Source("declarations_step", ()),
}
NUMBERS = {name: number for number, name in enumerate(SOURCES)}

WHO = """CASE WHEN u.id IS NULL THEN 'system' WHEN u.holder_id = %(holder)s THEN 'you'
              WHEN h.roles && %(board)s::varchar[] THEN 'board' ELSE 'other' END"""
# Roles at the time of the change, so that former staff of the Board still appear as staff.
ROLES_THEN = """
       LEFT JOIN LATERAL (SELECT o.roles FROM accounts_userevent o WHERE o.pgh_obj_id = u.id
                           ORDER BY (o.pgh_created_at <= {at}) DESC, o.pgh_id DESC LIMIT 1) h ON TRUE"""
PAGE = "({at}, {number}, {id}) < (%(at)s, %(number)s, %(id)s) AND (%(who)s = '' OR {who} = %(who)s)"

EVENTS = """
    (SELECT {number} AS number, e.pgh_id::bigint AS id, e.pgh_created_at AS at, e.pgh_label AS label,
            jsonb_build_object({now}) AS now, CASE WHEN p.pgh_id IS NOT NULL THEN jsonb_build_object({was}) END AS was,
            {who} AS who, h.roles AS roles, u.email AS email
       FROM {table} e
       LEFT JOIN LATERAL (SELECT b.* FROM {table} b WHERE b.pgh_obj_id = e.pgh_obj_id AND b.pgh_id < e.pgh_id
                           ORDER BY b.pgh_id DESC LIMIT 1) p ON TRUE
       LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
       LEFT JOIN accounts_user u ON u.id = (c.metadata ->> 'user')::bigint {roles_then}
      WHERE {where} AND (e.pgh_label = 'delete' OR ROW({told_now}) IS DISTINCT FROM ROW({told_was})) AND {page}
      ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT %(limit)s)
"""

STEPS = """
    (SELECT {number} AS number, s.id AS id, s.at AS at, 'insert' AS label,
            jsonb_build_object('number', d.number, 'state', s.to_state, 'move', s.move, 'note', s.note) AS now,
            NULL::jsonb AS was, {who} AS who, h.roles AS roles, u.email AS email
       FROM declarations_step s
       JOIN declarations_declaration d ON d.id = s.declaration_id AND d.holder_id = %(holder)s
       LEFT JOIN accounts_user u ON u.id = s.by_id {roles_then}
      WHERE {page}
      ORDER BY s.at DESC, s.id DESC LIMIT %(limit)s)
"""


@dataclass(frozen=True)
class Place:
    """Keyset pagination cursor: the entry after which a page continues."""

    at: datetime
    number: int
    id: int

    def __str__(self) -> str:
        return f"{(self.at - START) // timedelta(microseconds=1)}-{self.number}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Parse a cursor from a URL; None if malformed, which starts the list at the newest entry."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 17 for part in parts):
            return None
        moment, number, key = map(int, parts)
        try:
            return cls(START + timedelta(microseconds=moment), min(number, len(SOURCES)), key)
        except OverflowError:
            return None


@dataclass(frozen=True)
class Entry:
    """One change as read from the tables; `was` is None for a new row."""

    source: str
    place: Place
    label: str
    now: dict[str, Any]
    was: dict[str, Any] | None
    who: str
    roles: tuple[str, ...]
    email: str

    def has_changed(self, column: str) -> bool:
        return self.was is not None and self.was[column] != self.now[column]


def entries_of(holder: int, *, before: Place | None = None, who: str = "", limit: int) -> list[Entry]:
    """The newest changes of a holder's record, or those before a cursor, optionally only by `who`; one query."""
    start = before or Place(datetime.max.replace(tzinfo=START.tzinfo) - timedelta(days=2), len(SOURCES), 0)
    given: dict[str, Any] = {"holder": holder, "board": BOARD, "who": who, "limit": limit}
    with standby.reading().cursor() as cursor:
        cursor.execute(SQL, given | {"at": start.at, "number": start.number, "id": start.id})
        return [_entry(row) for row in cursor.fetchall()]


def _entry(row: tuple[Any, ...]) -> Entry:
    number, key, at, label, now, was, who, roles, email = row
    return Entry(
        source=list(SOURCES)[number],
        place=Place(at, number, key),
        label=label,
        now=json.loads(now),
        was=json.loads(was) if was else None,
        who=who,
        roles=tuple(roles or ()),
        email=email or "",
    )


def _sql(name: str, source: Source) -> str:
    number = NUMBERS[name]
    if name == "declaration":
        page = PAGE.format(at="s.at", number=number, id="s.id", who=WHO)
        return STEPS.format(number=number, who=WHO, page=page, roles_then=ROLES_THEN.format(at="s.at"))
    return EVENTS.format(
        number=number,
        table=source.table,
        where=source.where,
        who=WHO,
        roles_then=ROLES_THEN.format(at="e.pgh_created_at"),
        page=PAGE.format(at="e.pgh_created_at", number=number, id="e.pgh_id", who=WHO),
        now=_pairs("e", source.told + source.named),
        was=_pairs("p", source.told + source.named),
        told_now=_columns("e", source.told),
        told_was=_columns("p", source.told),
    )


def _pairs(row: str, columns: Iterable[str]) -> str:
    return ", ".join(f"'{column}', {row}.{column}" for column in columns)


def _columns(row: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)


ALL = " UNION ALL ".join(_sql(name, source) for name, source in SOURCES.items())
SQL = f"SELECT * FROM ({ALL}) every ORDER BY at DESC, number DESC, id DESC LIMIT %(limit)s"  # noqa: S608 (constants)
