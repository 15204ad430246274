"""What the tables say, as one digest each, whatever numbers and moments the rows were given."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256

from django.apps import apps
from django.db import connection, models

OURS = ("accounts", "credentials", "education", "declarations", "audits")
# Given by sequences, by chance or by the clock; and texts that quote such a number.
BY_CHANCE = {"at", "corrected_at", "date_joined", "file", "id", "key", "last_login", "leased_until", "link", "number"}
BY_CHANCE |= {"pgh_created_at", "pgh_id", "result", "shares", "uuid", "version"}
QUOTES = {"declarations_declaredcredit": {"content", "hash", "previous_hash"}}
# A holder's twin differs in these, too.
PERSONAL = {"customer_number", "email", "first_name", "last_name", "birth_month", "external_id", "certificate_number"}
# What a key stands for, so that rows are compared with what they belong to.
STANDS_FOR = {
    "holder_id": "(SELECT h.customer_number FROM accounts_holder h WHERE h.id = t.holder_id)",
    "credit_id": "(SELECT c.external_id FROM education_credit c WHERE c.id = t.credit_id)",
    "area_id": "(SELECT a.code FROM credentials_area a WHERE a.id = t.area_id)",
    "credential_id": "(SELECT c.certificate_number FROM credentials_credential c WHERE c.id = t.credential_id)",
    "cycle_id": "(SELECT c.certificate_number || y.starts_on FROM credentials_cycle y"
    " JOIN credentials_credential c ON c.id = y.credential_id WHERE y.id = t.cycle_id)",
}


def database_sums(*, without: Iterable[str] = ()) -> dict[str, str]:
    """The digest of every table of ours."""
    tables = [model._meta.db_table for model in _models() if model._meta.db_table not in set(without)]
    return {table: _sum(table, "TRUE") for table in sorted(tables)}


def holder_sums(holder: int) -> dict[str, str]:
    """The same of what belongs to one holder, told so that twins are equal."""
    of_declaration = f"declaration_id IN (SELECT id FROM declarations_declaration WHERE holder_id = {holder:d})"
    wanted = {}
    for model in _models():
        names = {field.column for field in model._meta.concrete_fields}
        if "holder_id" in names and model._meta.db_table != "accounts_user":
            wanted[model._meta.db_table] = f"holder_id = {holder:d}"
        elif "declaration_id" in names:
            wanted[model._meta.db_table] = of_declaration
    return {table: _sum(table, where, twin=True) for table, where in sorted(wanted.items())}


def differing(some: dict[str, str], others: dict[str, str]) -> list[str]:
    """The tables in which two sums differ."""
    return sorted(table for table in some.keys() | others.keys() if some.get(table) != others.get(table))


def _models() -> list[type[models.Model]]:
    found = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in found if not model._meta.proxy and model._meta.db_table != "accounts_jobrun"]


def _sum(table: str, where: str, *, twin: bool = False) -> str:
    """Row by row in the order of their text, so that neither numbers nor the order of writing matter."""
    told = ", ".join(_told(name, twin=twin) for name in _columns(table) if _is_told(table, name, twin=twin))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT jsonb_build_array({told})::text FROM "{table}" t WHERE {where}')
        rows = sorted(row for (row,) in cursor)
    return f"{len(rows)} rows {sha256(chr(10).join(rows).encode()).hexdigest()[:16]}"


@cache
def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY 1", [table])
        return [name for (name,) in cursor]


def _told(name: str, *, twin: bool) -> str:
    """Of a moment only whether there is one."""
    if name.endswith("_at"):
        return f't."{name}" IS NOT NULL'
    return f't."{name}"' if twin else STANDS_FOR.get(name, f't."{name}"')


def _is_told(table: str, name: str, *, twin: bool) -> bool:
    if name in BY_CHANCE or (twin and (name in PERSONAL or name in QUOTES.get(table, ()))):
        return False
    return not name.endswith("_id") or name == "external_id" or (not twin and name in STANDS_FOR)
