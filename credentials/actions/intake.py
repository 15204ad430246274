"""Import of holders, credentials and cycles from the Board's register: set-based SQL, with an outcome per line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.feeds import cells, staging
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.records import Records
from cmp_portal.lib.feeds.staging import Counts
from cmp_portal.lib.statements import execute, first_column
from credentials.actions import intake_sql as sql
from credentials.models import CredentialType

CERTIFICATE = ("type_id", "certificate_number")
# What the lines of one file must agree on: columns that differ, key, value as SQL text.
AGREED = (
    ("first_name, last_name", ("customer_number",), "concat_ws(' ', {0}first_name, {0}last_name)"),
    ("email", ("customer_number",), "{0}email"),
    ("birth_month", ("customer_number",), "COALESCE({0}birth_month::text, '')"),
    ("customer_number", CERTIFICATE, "{0}customer_number"),
    ("certified_on", CERTIFICATE, "{0}certified_on::text"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Line counts by outcome, and the IDs of open cycles whose dates changed."""

    counts: Counts
    corrected_cycles: list[int]


def columns(*, on: date) -> Sequence[cells.Column]:
    """The columns of the register's feed; nobody can be certified after `on`."""
    return [
        cells.Column("customer_number", cells.number(32)),
        cells.Column("email", cells.optional(cells.email)),
        cells.Column("first_name", cells.text(100)),
        cells.Column("last_name", cells.text(100)),
        cells.Column("birth_month", cells.optional(cells.month), optional=True),
        cells.Column("credential", cells.one_of(CredentialType.objects.values_list("code", flat=True))),
        cells.Column("certificate_number", cells.number(32)),
        cells.Column("certified_on", cells.day_until(on)),
        cells.Column("cycle_starts_on", cells.optional(cells.day)),
        cells.Column("cycle_ends_on", cells.optional(cells.day)),
    ]


@transaction.atomic
def take_in(*, feed: Records, at: datetime, progress: Progress, second_certificates: bool = False) -> Taken:
    """Insert and correct holders, credentials and cycles; importing the same file again changes nothing.

    With `second_certificates`, a holder may get another certificate of a credential they have, as after a
    re-examination; without it, a new number for the same credential counts as mistyped. The caller must reassign
    requirement sets to the corrected cycles, as their new end may select another set.
    """
    staging.stage(feed, progress, scratch=("people", "new_cycles"))
    execute("SELECT pg_advisory_xact_lock(hashtextextended('intake of holders', 0))")
    _judge(second_certificates=second_certificates)
    counts = staging.counted()
    if not (counts.accepted or counts.corrected):
        return Taken(counts, [])
    with staging.checked_at_once():
        _write_people()
        return Taken(counts, _write_cycles(at=at))


def _judge(*, second_certificates: bool) -> None:
    execute(sql.MATCH)
    execute("ANALYZE judged")
    execute(sql.GRANTED_NAMES)
    execute(sql.GRANTED_ADDRESSES)
    for refusal in (sql.ONE_DAY_ONLY, sql.ENDS_BEFORE_START, sql.NO_REQUIREMENTS, sql.CERTIFICATE_OF_ANOTHER):
        execute(refusal)
    for column, of, value in AGREED:
        same = ", which has the same certificate" if of is CERTIFICATE else ", which has the same customer number"
        execute(_disagrees(of, value), column=column, same=same)
    for refusal in () if second_certificates else (sql.HAS_ANOTHER, sql.HAS_ANOTHER_IN_FILE):
        execute(refusal)
    for refusal in (sql.LIFETIME_WITH_CYCLE, sql.CYCLE_IS_SETTLED, sql.LENGTHENED):
        execute(refusal)
    for refusal in (sql.OVERLAPS, sql.FORMER_IS_DECLARED, sql.OVERLAPS_IN_FILE):
        execute(refusal)
    execute(sql.JUDGE)


def _disagrees(of: Sequence[str], value: str) -> str:
    return sql.DISAGREES.format(
        of=", ".join(of),
        of_j=", ".join(f"j.{name}" for name in of),
        of_f=", ".join(f"f.{name}" for name in of),
        value=value.format(""),
        value_j=value.format("j."),
    )


def _write_people() -> None:
    """Upsert holders and credentials, with an ANALYZE after each table.

    On a first import the statistics still say "empty", and plans based on those are quadratic.
    """
    execute(sql.PEOPLE)
    execute(sql.INSERT_HOLDERS)
    execute(sql.UPDATE_HOLDERS)
    execute("ANALYZE accounts_holder")
    execute(sql.INSERT_CREDENTIALS)
    execute(sql.UPDATE_CREDENTIALS)
    execute("ANALYZE credentials_credential")


def _write_cycles(*, at: datetime) -> list[int]:
    """Correct ends and close superseded cycles first, so that cycles never overlap and only one is open at a time."""
    execute(sql.NEW_CYCLES)
    execute("ANALYZE new_cycles")
    corrected = first_column(sql.UPDATE_CYCLES)
    execute(sql.CLOSE_CYCLES, at=at)
    execute(sql.INSERT_CYCLES, at=at, on=board_day(at))
    execute("ANALYZE credentials_cycle")
    execute(sql.ANCHOR, corrected=corrected)
    return corrected
