"""The random draw of a round: one transaction of set-based statements, so that memory use is constant."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actions import report
from accounts.models import User
from audits import queries, rules
from audits.actions.rounds import RoundRefused, seed_of
from audits.actions.selection import put_under_audit
from audits.models import Round, Stratum
from audits.queries.population import FACTS, OF_ROUND, Size, sized
from cmp_portal.lib.contention import retry_on_conflict

BATCH = 500
# Check constraints immediately while drawing: a trigger that fires scans all deferred checks, and every foreign key
# written here adds one.
AT_ONCE, AT_COMMIT = "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"
# Advisory lock that serializes draws, also of different rounds: else a declaration could be in two populations.
TURN = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended('draw of audits', 0))) turn"
POOL = f"""
    DROP TABLE IF EXISTS audits_pool;
    CREATE TEMP TABLE audits_pool ON COMMIT DROP AS
    SELECT p.*, sha256(convert_to(%(seed)s || ':' || p.number, 'UTF8')) AS rank FROM ({FACTS} {OF_ROUND}) p;
    ANALYZE audits_pool
"""  # noqa: S608 (constants only)
SIZES = """
    SELECT p.credential_type_id, t.code, p.is_late, p.has_findings, p.population
      FROM (SELECT credential_type_id, is_late, has_findings, COUNT(*) AS population
              FROM audits_pool GROUP BY 1, 2, 3) p
      JOIN credentials_credentialtype t ON t.id = p.credential_type_id ORDER BY 2, 3, 4
"""
# Same selection as `rules.draw`: the first of each stratum or, in a rolling round, the ranks below the threshold.
LISTS = """
    DROP TABLE IF EXISTS audits_list;
    CREATE TEMP TABLE audits_list ON COMMIT DROP AS
    SELECT p.id, p.cycle_id
      FROM (SELECT *, row_number() OVER (PARTITION BY credential_type_id, is_late, has_findings ORDER BY rank) AS place
              FROM audits_pool) p
      JOIN unnest(%(types)s::bigint[], %(late)s::boolean[], %(findings)s::boolean[], %(lengths)s::bigint[],
                  %(thresholds)s::bytea[]) s (credential_type_id, is_late, has_findings, length, threshold)
        USING (credential_type_id, is_late, has_findings)
     WHERE CASE WHEN %(is_rolling)s THEN p.rank < s.threshold ELSE p.place <= s.length END;
    ANALYZE audits_list
"""
# Lock order, as everywhere: cycles before declarations, each by ID.
LOCK = (
    """SELECT COUNT(*) FROM (SELECT 1 FROM credentials_cycle y JOIN audits_list l ON l.cycle_id = y.id
                              ORDER BY y.id FOR UPDATE OF y) locked""",
    """SELECT COUNT(*) FROM (SELECT 1 FROM declarations_declaration d JOIN audits_list l ON l.cycle_id = d.cycle_id
                              ORDER BY d.id FOR UPDATE OF d) locked""",
)
# Declarations decided before they could be locked: the decision came before this draw, so they are not part of it.
DECIDED = """
    DELETE FROM audits_pool p USING audits_list l
     WHERE l.id = p.id
       AND EXISTS (SELECT 1 FROM declarations_declaration d
                    WHERE d.cycle_id = p.cycle_id AND d.id >= p.id
                      AND d.state IN ('eligible', 'renewed', 'denied', 'appealed'))
"""
ENTER = """
    INSERT INTO audits_entry (declaration_id, stratum_id, rank, is_drawn)
    SELECT p.id, s.id, p.rank, l.id IS NOT NULL
      FROM audits_pool p
      JOIN audits_stratum s ON s.round_id = %(round)s AND s.credential_type_id = p.credential_type_id
                           AND s.is_late = p.is_late AND s.has_findings = p.has_findings
      LEFT JOIN audits_list l ON l.id = p.id
"""
COUNT = """
    UPDATE audits_stratum s SET population = n.population, drawn = n.drawn
      FROM (SELECT e.stratum_id, COUNT(*) AS population, COUNT(*) FILTER (WHERE e.is_drawn) AS drawn
              FROM audits_entry e JOIN audits_stratum o ON o.id = e.stratum_id
             WHERE o.round_id = %(round)s GROUP BY 1) n
     WHERE n.stratum_id = s.id
"""
TO_AUDIT = """
    SELECT d.id FROM audits_list l JOIN declarations_declaration d ON d.cycle_id = l.cycle_id
     WHERE d.state = 'submitted' ORDER BY d.id
"""


@retry_on_conflict
@transaction.atomic
def draw(*, round: Round, at: datetime, by: User | None = None) -> Round:
    """Draw the round and reveal its seed; a no-op if it is already drawn.

    Raises RoundRefused before the cut-off, and if the seed can't be recomputed.
    """
    _execute(TURN)
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.drawn_at is not None:
        return round
    if at <= round.cutoff_at:
        raise RoundRefused(_("A round can't be drawn until its cut-off has passed."))
    round.seed, round.drawn_at, round.drawn_by = seed_of(round), at, by
    round.save(update_fields=["seed", "drawn_at", "drawn_by"])
    _execute(AT_ONCE)
    _execute(POOL, seed=round.seed, cutoff=round.cutoff_at)
    _enter(round, _lists(round))
    reported = 0
    for declarations in _to_audit():
        put_under_audit(declarations, round=round, at=at, by=by)
        reported += len(declarations)
        report(reported)
    _execute(AT_COMMIT)
    return round


def _lists(round: Round) -> list[Size]:
    """Draw the lists; repeat without declarations that were decided before they could be locked."""
    rates = queries.rates_of(round)
    while True:
        sizes = list(sized(_execute(SIZES), rates))
        _execute(
            LISTS,
            types=[one.credential_type for one in sizes],
            late=[one.stratum.is_late for one in sizes],
            findings=[one.stratum.has_findings for one in sizes],
            lengths=[one.length for one in sizes],
            thresholds=[rules.threshold(one.rate) for one in sizes],
            is_rolling=round.is_rolling,
        )
        for statement in LOCK:
            _execute(statement)
        if not _changed(DECIDED):
            return sizes


def _enter(round: Round, sizes: list[Size]) -> None:
    strata = [
        Stratum(
            round=round,
            credential_type_id=one.credential_type,
            is_late=one.stratum.is_late,
            has_findings=one.stratum.has_findings,
            rate=one.rate,
        )
        for one in sizes
    ]
    # A rolling round already has most of its strata.
    Stratum.objects.bulk_create(strata, ignore_conflicts=True)
    _execute(ENTER, round=round.pk)
    _execute(COUNT, round=round.pk)


def _to_audit() -> Iterator[list[int]]:
    """IDs of the submitted declarations of the selected cycles, in batches, as of when they were locked."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(TO_AUDIT)
        while rows := cursor.fetchmany(BATCH):
            yield [pk for (pk,) in rows]


def _execute(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def _changed(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
