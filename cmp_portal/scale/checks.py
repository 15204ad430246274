"""The reconciliation: what the resting triggers would have refused, looked for in everything that is there."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db import connection
from django.db.models.functions import Mod

from credentials.models import Cycle
from credentials.rules.points import hundredths
from education.models import CycleStatus
from education.queries import standings_of

SAMPLE = 500

# Each names what must not be, and counts it.
WRONG = {
    "shares that do not belong to their credit, cycle and area": """
        SELECT COUNT(*) FROM education_allocation s
          JOIN education_credit k ON k.id = s.credit_id
          JOIN credentials_cycle y ON y.id = s.cycle_id
          JOIN credentials_area a ON a.id = s.area_id
         WHERE k.holder_id <> s.holder_id OR y.holder_id <> s.holder_id
            OR a.requirement_set_id <> y.requirement_set_id OR k.withdrawn_at IS NOT NULL
    """,
    "credits of which a cycle has more than there is": """
        SELECT COUNT(*) FROM (
            SELECT 1 FROM education_allocation s JOIN education_credit k ON k.id = s.credit_id
             GROUP BY s.cycle_id, k.id HAVING SUM(s.points) > k.points) more
    """,
    "credits in several cycles of a credential": """
        SELECT COUNT(*) FROM (
            SELECT 1 FROM education_allocation s JOIN credentials_cycle y ON y.id = s.cycle_id
             GROUP BY s.credit_id, y.credential_id HAVING COUNT(DISTINCT s.cycle_id) > 1) twice
    """,
    "cycles of another holder or type than their credential": """
        SELECT COUNT(*) FROM credentials_cycle y
          JOIN credentials_credential c ON c.id = y.credential_id
          JOIN credentials_requirementset s ON s.id = y.requirement_set_id
         WHERE y.holder_id <> c.holder_id OR s.credential_type_id <> c.credential_type_id
    """,
    "cycles without a status row": """
        SELECT COUNT(*) FROM credentials_cycle y
         WHERE NOT EXISTS (SELECT 1 FROM education_cyclestatus s
                            WHERE s.cycle_id = y.id AND s.holder_id = y.holder_id)
    """,
    "declared cycles without a declaration of their holder": """
        SELECT COUNT(*) FROM credentials_cycle y
         WHERE y.declared_on IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM declarations_declaration d
                            WHERE d.cycle_id = y.id AND d.holder_id = y.holder_id)
    """,
    "triggers at rest": "SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'",
}


def counts(tables: Iterable[str]) -> dict[str, int]:
    """How many rows the tables have."""
    return {table: _number(f"SELECT COUNT(*) FROM {table}") for table in tables}  # noqa: S608 (constants only)


def differences(before: Mapping[str, int], gained: Mapping[str, int], *, on: date) -> Iterator[str]:
    """Everything that is not as it must be, in words; `before` are the counts before `gained` rows came."""
    for table, after in counts(gained).items():
        if after - before[table] != gained[table]:
            yield f"{table} gained {after - before[table]:,} rows instead of {gained[table]:,}"
    for name, query in WRONG.items():
        if found := _number(query):
            yield f"{found:,} {name}"
    if wrong := _wrong_statuses(on=on):
        yield f"{wrong} of {SAMPLE} status rows differ from the engine's standing"


def _wrong_statuses(*, on: date) -> int:
    """Of cycles spread over all, those whose row says something else than every credit evaluated says."""
    every = max(1, Cycle.objects.count() // SAMPLE)
    related = ("credential__credential_type", "requirement_set__credential_type")
    spread = Cycle.objects.alias(place=Mod("id", every)).filter(place=0).order_by("id")
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
