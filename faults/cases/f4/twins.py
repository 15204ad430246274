"""Table contents of one holder, normalized so that two holders who did the same compare equal."""

from django.contrib.admin.models import LogEntry
from django.db import connection

from faults.tables import BY_CHANCE, columns_of_ours, digest

# Columns in which a holder's twin differs, and texts that contain a generated ID or reference.
PERSONAL = {"customer_number", "email", "first_name", "last_name", "birth_month", "external_id", "certificate_number"}
PERSONAL |= {"was"}
SIGNED = {"content", "hash", "previous_hash"}
QUOTES = {"accounts_alert": {"body"}, "declarations_declaredcredit": SIGNED, "declarations_seal": SIGNED}
QUOTES |= {"declarations_checkout": {"reference", "url"}, "declarations_payment": {"reference"}}
QUOTES |= {"declarations_proof": {"content"}, "declarations_hidden": {"since"}, "declarations_sharelink": {"sha256"}}
# Written once per requirement set, with its first declaration, for all holders.
SHARED = {"credentials_requirementsetevent", "declarations_terms"}


def holder_sums(holder: int) -> dict[str, str]:
    """The digest of a holder's rows, per table."""
    found = {}
    for table, columns in columns_of_ours().items():
        if where := rows_of(holder, table, columns):
            found[table] = digest(table, columns - BY_CHANCE - PERSONAL - QUOTES.get(table, set()), {}, where)
    return found


def rows_of(holder: int, table: str, columns: set[str]) -> str:
    """SQL condition for a holder's rows; empty if the table has no path to a holder."""
    if "holder_id" in columns and table != "accounts_user":
        return f"holder_id = {holder:d}"
    fees = f"SELECT id FROM declarations_fee WHERE holder_id = {holder:d}"
    if "fee_id" in columns:
        return f"fee_id IN ({fees})"
    if "payment_id" in columns:
        return f"payment_id IN (SELECT id FROM declarations_payment WHERE fee_id IN ({fees}))"
    if "declaration_id" in columns:
        return f"declaration_id IN (SELECT id FROM declarations_declaration WHERE holder_id = {holder:d})"
    if "audit_id" in columns:
        return f"audit_id IN (SELECT id FROM audits_audit WHERE holder_id = {holder:d})"
    return ""


def row_counts() -> dict[str, int]:
    """Row counts of the portal's tables, their history tables and the admin log."""
    tables = sorted({*columns_of_ours(), LogEntry._meta.db_table} - SHARED)
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return dict(cursor.fetchall())


def gained(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """The change in row count of each table where it changed."""
    return {table: count - before[table] for table, count in after.items() if count != before[table]}
