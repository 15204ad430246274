"""Reconciliation after a load: checks for whatever the disabled triggers would have refused."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db import connection
from django.db.models.functions import Mod

from cmp_portal import ledger
from cmp_portal.lib.consistency import Scope
from credentials.models import Cycle
from credentials.rules.points import hundredths
from declarations.queries.consistency import SIGNED
from education.models import CycleStatus
from education.queries import standings_of
from education.queries.consistency import STALE

SAMPLE = 500
# Synthetic declarations have no signatures; statuses are compared with the engine on a sample instead.
LEFT_OUT = {SIGNED, STALE}


def counts(tables: Iterable[str]) -> dict[str, int]:
    """The number of rows per table."""
    return {table: _number(f"SELECT COUNT(*) FROM {table}") for table in tables}  # noqa: S608 (constants only)


def last_cycle() -> int:
    """The key of the newest cycle."""
    return _number("SELECT COALESCE(MAX(id), 0) FROM credentials_cycle")


def differences(
    before: Mapping[str, int], gained: Mapping[str, int], *, on: date, today: date | None = None, known: int = 0
) -> Iterator[str]:
    """Describe every inconsistency; `before` are the counts before `gained` rows were added.

    Cycles with keys up to `known` existed before: their statuses may be of another day, or deleted with their holder.
    """
    scope = Scope(on=on, today=max(on, today or on))
    for table, after in counts(gained).items():
        if after - before[table] != gained[table]:
            yield f"{table} gained {after - before[table]:,} rows instead of {gained[table]:,}"
    for check in ledger.checks():
        findings = () if check.what in LEFT_OUT else check.look(scope)
        yield from (f"{found.total:,} {found.what}" for found in findings if not found.is_note)
    if wrong := _wrong_statuses(on=on, known=known):
        yield f"{wrong} of {SAMPLE} status rows differ from what the engine computes"


def _wrong_statuses(*, on: date, known: int) -> int:
    """Of a sample of new cycles, how many have a status that differs from a full evaluation."""
    came = Cycle.objects.filter(pk__gt=known)
    every = max(1, came.count() // SAMPLE)
    related = ("credential__credential_type", "requirement_set__credential_type")
    spread = came.alias(place=Mod("id", every)).filter(place=0).order_by("id")
    cycles = list(spread.select_related(*related)[:SAMPLE])
    rows = CycleStatus.objects.in_bulk([cycle.pk for cycle in cycles])
    return sum(
        (hundredths(rows[pk].counted), hundredths(rows[pk].missing), rows[pk].is_complete)
        != (hundredths(standing.total.counted), hundredths(standing.shortfall), standing.is_complete)
        for pk, standing in standings_of(cycles, on=on).items()
    )


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
