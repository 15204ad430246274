"""The Board's review queue with BENCH_DECLARATIONS declarations in it, 100,000 by default (a million in the goal).

They belong to past cycles of the existing credentials. Those on the measured pages have twenty shares each, as real
ones do, since the cost of a page depends on the rows it shows.
"""

import os
from functools import cache
from statistics import median

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from benchmarks.cases.measuring import execute
from benchmarks.cases.pages import as_bare
from benchmarks.harness import case
from benchmarks.visitors import session_of
from cmp_portal.lib import clock

DECLARATIONS = int(os.environ.get("BENCH_DECLARATIONS", "100000"))
REVIEWER = -1
ROWS, SHARES = 25, 20

CYCLES = """
    CREATE TEMP TABLE ancient AS
    WITH credentials AS (SELECT c.id, c.holder_id, c.credential_type_id,
                                row_number() OVER (ORDER BY c.id) AS n, count(*) OVER () AS many,
                                (SELECT MIN(s.id) FROM credentials_requirementset s
                                  WHERE s.credential_type_id = c.credential_type_id) AS set_id
                           FROM credentials_credential c)
    SELECT b.id + row_number() OVER () AS cycle_id, d.id + row_number() OVER () AS declaration_id,
           c.id AS credential_id, c.holder_id, c.credential_type_id, c.set_id,
           date '1990-12-31' - (g.back * 1100)::int AS ends_on, row_number() OVER () AS r
      FROM generate_series(0, (%(count)s - 1) / (SELECT count(*) FROM credentials)) g (back)
      JOIN credentials c ON g.back * c.many + c.n <= %(count)s,
           (SELECT COALESCE(MAX(id), 0) AS id FROM credentials_cycle) b,
           (SELECT COALESCE(MAX(id), 0) AS id FROM declarations_declaration) d
"""
DECLARED = (
    """INSERT INTO credentials_cycle (id, holder_id, credential_id, requirement_set_id, starts_on, ends_on, declared_on,
                                      shares_frozen_at, closed_at)
       SELECT cycle_id, holder_id, credential_id, set_id, ends_on - 1094, ends_on, %(on)s::date - (r %% 60)::int,
              %(at)s, %(at)s FROM ancient""",
    """INSERT INTO declarations_declaration (id, uuid, number, holder_id, cycle_id, state, created_at, received_at,
              received_on, attestation_id, requirement_set_id, window_starts_on, window_ends_on, counted)
       SELECT declaration_id, gen_random_uuid(), 'A' || declaration_id, holder_id, cycle_id, 'submitted', %(at)s,
              %(at)s::timestamptz - (r %% 60) * interval '1 day', %(on)s::date - (r %% 60)::int,
              (SELECT MIN(id) FROM declarations_attestation), set_id, ends_on - 1094, ends_on, 3600 FROM ancient""",
    # 30 % have a flag; 0.1 % have an unusual one.
    """INSERT INTO declarations_waiting (declaration_id, holder_id, credential_type_id, state, due_on, flags)
       SELECT declaration_id, holder_id, credential_type_id, 'submitted', %(on)s::date + (r * 7919 %% 120)::int - 20,
              CASE WHEN r %% 1000 = 0 THEN '{unusual}' WHEN r %% 10 < 2 THEN '{late}'
                   WHEN r %% 10 = 2 THEN '{unverified,evidence}' ELSE '{}' END::varchar[] FROM ancient""",
)
ON_THE_PAGES = """
    INSERT INTO education_allocation (holder_id, cycle_id, credit_id, area_id, points)
    SELECT d.holder_id, d.cycle_id, k.id, a.id, 100
      FROM declarations_declaration d,
           LATERAL (SELECT id FROM credentials_area WHERE requirement_set_id = d.requirement_set_id
                     ORDER BY id LIMIT 1) a,
           LATERAL (SELECT id FROM education_credit WHERE holder_id = d.holder_id ORDER BY id LIMIT %(shares)s) k
     WHERE d.id = ANY(%(ids)s) ON CONFLICT DO NOTHING
"""


@cache
def filled() -> dict[str, str]:
    """URLs of the measured pages; the first call fills the queue."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(CYCLES, {"count": DECLARATIONS})
        for statement in DECLARED:
            cursor.execute(statement, {"on": clock.today(), "at": clock.now()})
        cursor.execute("DROP TABLE ancient")
        for table in ("credentials_cycle", "declarations_declaration"):  # keep sequences ahead of the inserted IDs
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")  # noqa: S608 (names of ours)
    for table in ("credentials_cycle", "declarations_declaration", "declarations_waiting"):
        execute(f"VACUUM ANALYZE {table}")
    ((total,),) = execute("SELECT count(*) FROM declarations_waiting")
    # The last page but one: its cursor is the row before it.
    ((day, key),) = execute(ORDERED, {"offset": max(0, total - 2 * ROWS - 1), "limit": 1})
    queue = reverse("admin:declarations_declaration_changelist")
    with_shares(0), with_shares(max(0, total - 2 * ROWS))
    print(f"    {total:,} declarations wait; the deep page begins behind {total - 2 * ROWS:,} of them")
    return {"first": queue, "deep": f"{queue}?at=f{day:%Y%m%d}-{key}", "rare": f"{queue}?flag=unusual"}


ORDERED = """
    SELECT due_on, declaration_id FROM declarations_waiting ORDER BY due_on, declaration_id
    OFFSET %(offset)s LIMIT %(limit)s
"""


def with_shares(offset: int) -> None:
    ids = [key for _day, key in execute(ORDERED, {"offset": offset, "limit": ROWS})]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(ON_THE_PAGES, {"ids": ids, "shares": SHARES})


BARE: list[str] = []


def against_bare(site, name: str):
    """Compare with the bare page of goal 1, sized like My Account before past cycles make it longer."""
    if not BARE:
        BARE.append(as_bare(site, "/account/"))
    return p50(site, name), site.bare.p50(BARE[0], site.usual)


def p50(site, name: str):
    if REVIEWER not in site.web.sessions:
        reviewer = User.objects.get(email="reviewer@scale.example")
        site.web.sessions[REVIEWER] = session_of(reviewer, "default")
    path = filled()[name]
    return lambda: median(site.web.times(path, REVIEWER))


@case("6", f"The queue with {DECLARATIONS:,} declarations, p50 against goal 1's bare page", at_most=2.5, rounds=5)
def queue(site):
    return against_bare(site, "first")


@case("6", "The queue, by a rare flag, p50 against goal 1's bare page", at_most=2.5, rounds=5)
def queue_by_flag(site):
    return against_bare(site, "rare")


@case("6", f"The queue's page at depth {DECLARATIONS:,} against its first", at_most=1.2, rounds=5)
def deep_in_the_queue(site):
    return p50(site, "deep"), p50(site, "first")
