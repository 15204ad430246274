"""An audit draw over BENCH_DECLARATIONS waiting declarations, against bare SQL that writes exactly the same rows."""

import tracemalloc
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audits import actions, rules
from audits.models import Round
from audits.rules.moves import due_on
from benchmarks.cases.measuring import execute, seconds
from benchmarks.cases.review import DECLARATIONS, filled
from benchmarks.harness import case
from cmp_portal.lib import clock
from cmp_portal.lib.clock import board_day

RATE = Decimal("0.05")
# Each statement writes what the portal's counterpart writes; guard and history triggers run for both.
BARE = """
    SET CONSTRAINTS ALL IMMEDIATE;
    CREATE TEMP TABLE drawing ON COMMIT DROP AS
    SELECT *, row_number() OVER w AS place, COUNT(*) OVER (PARTITION BY credential_type_id, is_late, found) AS size
      FROM (SELECT d.id, d.uuid, d.holder_id, c.credential_type_id, t.code,
                   d.received_on > LEAST(y.ends_on - t.advised_days, (y.ends_on - interval '1 month')::date) AS is_late,
                   EXISTS (SELECT 1 FROM audits_audit a
                            WHERE a.holder_id = d.holder_id AND a.declaration_id <> d.id
                              AND a.state = 'failed') AS found,
                   sha256(convert_to(%(seed)s || ':' || d.number, 'UTF8')) AS rank
              FROM declarations_declaration d
              JOIN credentials_cycle y ON y.id = d.cycle_id
              JOIN credentials_credential c ON c.id = y.credential_id
              JOIN credentials_credentialtype t ON t.id = c.credential_type_id
             WHERE d.state IN ('submitted', 'returned', 'withdrawn') AND d.received_at <= %(cutoff)s) p
    WINDOW w AS (PARTITION BY credential_type_id, is_late, found ORDER BY rank);
    ANALYZE drawing;
    INSERT INTO audits_stratum (round_id, credential_type_id, is_late, has_findings, rate, population, drawn)
    SELECT %(round)s, credential_type_id, is_late, found, %(rate)s, COUNT(*), COUNT(*) FILTER (
               WHERE place <= CEIL(size * %(rate)s)) FROM drawing GROUP BY 1, 2, 3, 4;
    INSERT INTO audits_entry (declaration_id, stratum_id, rank, is_drawn)
    SELECT p.id, s.id, p.rank, p.place <= CEIL(p.size * %(rate)s) FROM drawing p
      JOIN audits_stratum s ON s.round_id = %(round)s AND s.credential_type_id = p.credential_type_id
                           AND s.is_late = p.is_late AND s.has_findings = p.found;
    DELETE FROM drawing WHERE place > CEIL(size * %(rate)s);
    ANALYZE drawing;
    UPDATE declarations_declaration d SET state = 'under_audit' FROM drawing p WHERE p.id = d.id;
    WITH steps AS (
        INSERT INTO declarations_step (declaration_id, move, from_state, to_state, at, note, private_note)
        SELECT id, 'audit', 'submitted', 'under_audit', %(at)s, %(note)s, '' FROM drawing ORDER BY id
        RETURNING id, declaration_id, note, at)
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT p.holder_id, 'audit_moved', 'step:' || s.id, 'Declaration for ' || p.code || ' selected for an audit',
           %(ready)s || chr(10) || s.note, replace(%(link)s, %(nobody)s, p.uuid::text), s.at
      FROM drawing p JOIN steps s ON s.declaration_id = p.id
     ORDER BY p.id ON CONFLICT (holder_id, key) DO NOTHING;
    UPDATE declarations_waiting w SET state = 'under_audit' FROM drawing p WHERE p.id = w.declaration_id;
    INSERT INTO audits_audit (declaration_id, holder_id, round_id, state, selected_at, due_on)
    SELECT id, holder_id, %(round)s, 'selected', %(at)s, %(due)s FROM drawing ORDER BY id;
    UPDATE audits_round SET seed = %(seed)s, drawn_at = %(at)s WHERE id = %(round)s
"""
NOBODY = "00000000-0000-0000-0000-000000000000"
WRITTEN = """
    SELECT (SELECT count(*) FROM audits_entry),
           (SELECT md5(string_agg(declaration_id::text, ',' ORDER BY declaration_id)) FROM audits_entry WHERE is_drawn),
           (SELECT md5(string_agg(concat_ws('|', credential_type_id, is_late, has_findings, population, drawn), ','
                                  ORDER BY credential_type_id, is_late, has_findings)) FROM audits_stratum),
           (SELECT count(*) FROM declarations_declaration WHERE state = 'under_audit'),
           (SELECT count(*) FROM declarations_waiting WHERE state = 'under_audit'),
           (SELECT md5(string_agg(concat_ws('|', declaration_id, note), ',' ORDER BY declaration_id))
              FROM declarations_step WHERE move = 'audit'),
           (SELECT md5(string_agg(concat_ws('|', declaration_id, due_on), ',' ORDER BY declaration_id))
              FROM audits_audit),
           (SELECT md5(string_agg(md5(concat_ws('|', holder_id, title, body, link)), '' ORDER BY link))
              FROM accounts_alert WHERE title LIKE '%% selected for an audit')
"""


def opened(at, *, days=0):
    """A round whose cut-off passed a second ago, or that many days before."""
    nonce, cutoff = "a nonce", at - timedelta(days=days, seconds=1)
    digest = rules.seed_digest(rules.sealed_seed(nonce, secret=settings.SECRET_KEY))
    return Round.objects.create(
        opened_at=cutoff - timedelta(days=90), cutoff_at=cutoff, rate=RATE, nonce=nonce, seed_sha256=digest
    )


def ours(round, at):
    actions.draw(round=round, at=at)


def bare(round, at):
    note = f"Selected by chance in round {round.pk}. How, and how to repeat it: {settings.SITE_URL}"
    values = {"round": round.pk, "cutoff": round.cutoff_at, "at": at, "rate": RATE, "nobody": NOBODY}
    values["seed"] = rules.sealed_seed(round.nonce, secret=settings.SECRET_KEY)
    values["note"] = note + round.get_absolute_url()
    values["due"] = due_on(board_day(at), settings.AUDIT_REVIEW_DAYS)
    values["ready"] = "The Board will ask for documents for the credits you declared. Have them ready."
    execute(BARE, values | {"link": reverse("audits:detail", args=[NOBODY])})


def of_all(call, at, look=None, **of):
    """Seconds for a draw including deferred constraints, or the result of `look`; rolled back."""
    with transaction.atomic():
        round = opened(at, **of)
        taken = seconds(lambda: (call(round, at), execute("SET CONSTRAINTS ALL IMMEDIATE")))
        found = look() if look else taken
        transaction.set_rollback(True)
    return found


def from_the_same_round(call, at):
    """What a draw writes in a round whose ID is the same on every call, as texts contain it."""
    execute("SELECT setval(pg_get_serial_sequence('audits_round', 'id'), 1000)")
    return of_all(call, at, look=lambda: execute(WRITTEN))


@case("A", f"A draw over {DECLARATIONS:,} declarations against bare SQL", at_most=3, unit="s")
def drawing(site):
    filled()
    at = clock.now()
    wrote = [from_the_same_round(call, at) for call in (ours, bare)]
    if wrote[0] != wrote[1]:
        raise RuntimeError(f"the draw writes {wrote[0]}, its bare SQL {wrote[1]}")
    return partial(of_all, ours, at), partial(of_all, bare, at)


def peak(at, **of):
    """Peak memory allocated by Python during a draw, in MB."""
    tracemalloc.start()
    of_all(ours, at, **of)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


@case("A", "Peak memory of a draw, all declarations against a tenth of them", at_most=1.1, unit="MB", rounds=1)
def drawing_in_memory(site):
    """Peak memory of a draw against that of a tenth: declarations arrived over sixty days, so six days' are a tenth."""
    filled()
    # Warm-up: what a process loads once, such as translations, must not count.
    peak(clock.now(), days=53)
    return partial(peak, clock.now()), partial(peak, clock.now(), days=53)
