"""Database copies, and digests of table contents that ignore generated IDs and timestamps."""

from collections.abc import Iterable, Mapping, Set
from hashlib import sha256

from django.apps import apps
from django.db import connection, connections

from faults.world import World

OURS, RUNS = ("accounts", "credentials", "education", "declarations", "audits"), "accounts_jobrun"
# Values from sequences, random generators or the clock, and texts that contain such values.
BY_CHANCE = {"at", "corrected_at", "date_joined", "file", "id", "key", "last_login", "leased_until", "link", "number"}
BY_CHANCE |= {"pgh_created_at", "pgh_id", "result", "shares", "uuid", "version"}
# A seal contains its declaration's ID and timestamp, a proof the ID.
QUOTES = {"declarations_seal": {"content", "hash"}, "declarations_proof": {"content"}}
# Natural keys in place of foreign keys, so that rows compare by what they refer to.
STANDS_FOR = {
    "holder_id": "(SELECT h.customer_number FROM accounts_holder h WHERE h.id = t.holder_id)",
    "credit_id": "(SELECT c.external_id FROM education_credit c WHERE c.id = t.credit_id)",
    "area_id": "(SELECT a.code FROM credentials_area a WHERE a.id = t.area_id)",
    "credential_id": "(SELECT c.certificate_number FROM credentials_credential c WHERE c.id = t.credential_id)",
    "cycle_id": "(SELECT c.certificate_number || y.starts_on FROM credentials_cycle y"
    " JOIN credentials_credential c ON c.id = y.credential_id WHERE y.id = t.cycle_id)",
}


def use_copy(world: World, template: str, name: str) -> None:
    """Switch this process, and all started from now on, to a fresh copy of a database."""
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        # Without it, sequences may repeat numbers after a crash: a copied sequence counts as already WAL-logged.
        cursor.execute("CHECKPOINT")
    path, _, query = world.env["DATABASE_URL"].partition("?")
    world.env["DATABASE_URL"] = f"{path.rpartition('/')[0]}/{name}?{query}"
    connections.settings["default"]["NAME"] = name


def database_sums(*, without: Set[str] = frozenset()) -> dict[str, str]:
    """The digest of each of the portal's tables."""
    tables = columns_of_ours()
    return {
        table: digest(table, tables[table] - BY_CHANCE - QUOTES.get(table, set()), STANDS_FOR)
        for table in sorted(tables.keys() - without)
    }


def differing(some: dict[str, str], others: dict[str, str]) -> list[str]:
    """The tables whose digests differ."""
    return sorted(table for table in some.keys() | others.keys() if some.get(table) != others.get(table))


def columns_of_ours() -> dict[str, set[str]]:
    """The portal's tables with their columns, except the log of job runs."""
    ours = [model._meta for label in OURS for model in apps.get_app_config(label).get_models()]
    return {one.db_table: {str(field.column) for field in one.concrete_fields} for one in ours if one.db_table != RUNS}


def digest(table: str, columns: Iterable[str], stands_for: Mapping[str, str], where: str = "TRUE") -> str:
    """Row count and hash of a table's rows, sorted as text so that the insertion order does not matter."""
    told = ", ".join(told for name in sorted(columns) if (told := told_of(name, stands_for)))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT jsonb_build_array({told})::text FROM "{table}" t WHERE {where}')
        rows = sorted(row for (row,) in cursor)
    return f"{len(rows)} rows {sha256(chr(10).join(rows).encode()).hexdigest()[:16]}"


def told_of(column: str, stands_for: Mapping[str, str]) -> str:
    """SQL expression that represents a column in the digest.

    A foreign key is replaced by its natural key, or left out without one; of a timestamp only whether it is set counts.
    """
    if column.endswith("_id") and column != "external_id":
        return stands_for.get(column, "")
    return f't."{column}" IS NOT NULL' if column.endswith("_at") else f't."{column}"'
