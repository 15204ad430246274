"""Issuing proofs of earlier renewals, against bare SQL that writes exactly the same rows."""

import tracemalloc
from functools import partial
from io import StringIO

from django.core.management import call_command
from django.db import transaction

from benchmarks.cases.measuring import again, execute, seconds
from benchmarks.harness import case
from cmp_portal.lib import clock
from declarations import actions

# Before each open cycle, insert a declared and renewed one of three years ago, without a proof; bypasses the guards.
RENEWED = """
    SET LOCAL session_replication_role = replica;
    CREATE TEMP TABLE opened ON COMMIT DROP AS
    SELECT y.* FROM credentials_cycle y
     WHERE y.closed_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM credentials_cycle b
                        WHERE b.credential_id = y.credential_id AND b.starts_on < y.starts_on)
     ORDER BY y.id LIMIT %(limit)s;
    WITH before AS (
        INSERT INTO credentials_cycle (holder_id, credential_id, requirement_set_id, starts_on, ends_on, declared_on,
                                       shares_frozen_at, closed_at)
        SELECT holder_id, credential_id, requirement_set_id, (starts_on - interval '3 years')::date, starts_on - 1,
               starts_on - 30, %(at)s, %(at)s
          FROM opened ORDER BY id RETURNING *),
    declared AS (
        INSERT INTO declarations_declaration (uuid, number, holder_id, cycle_id, state, created_at, received_at,
                                              received_on, attestation_id, requirement_set_id, window_starts_on,
                                              window_ends_on, counted, decided_at, decided_by_id, decided_on)
        SELECT gen_random_uuid(), 'P' || id, holder_id, id, 'renewed', %(at)s, %(at)s, declared_on,
               (SELECT MAX(id) FROM declarations_attestation), requirement_set_id, starts_on, ends_on, 3600,
               %(at)s, (SELECT MIN(id) FROM accounts_user), declared_on
          FROM before ORDER BY id RETURNING id)
    INSERT INTO declarations_step (declaration_id, move, from_state, to_state, at, note, private_note)
    SELECT id, 'renew', 'eligible', 'renewed', %(at)s, '', '' FROM declared ORDER BY id;
    SET LOCAL session_replication_role = origin;
    ANALYZE credentials_cycle, declarations_declaration, declarations_step
"""
BARE = """
    INSERT INTO declarations_proof (uuid, holder_id, declaration_id, cycle_id, content, issued_at)
    SELECT gen_random_uuid(), d.holder_id, d.id, n.id,
           jsonb_build_object('holder', h.first_name || ' ' || h.last_name, 'credential', t.code, 'title', t.title,
                              'certificate_number', c.certificate_number, 'declaration', COALESCE(d.number, ''),
                              'starts_on', n.starts_on, 'ends_on', n.ends_on),
           s.at
      FROM declarations_declaration d
      JOIN accounts_holder h ON h.id = d.holder_id
      JOIN credentials_cycle y ON y.id = d.cycle_id
      JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      JOIN LATERAL (SELECT * FROM credentials_cycle n
                     WHERE n.credential_id = c.id AND n.starts_on > y.starts_on
                     ORDER BY n.starts_on, n.id LIMIT 1) n ON TRUE
      JOIN LATERAL (SELECT at FROM declarations_step s
                     WHERE s.declaration_id = d.id AND s.move = 'renew' ORDER BY s.id DESC LIMIT 1) s ON TRUE
     WHERE d.state = 'renewed' AND NOT EXISTS (SELECT 1 FROM declarations_proof p WHERE p.declaration_id = d.id)
     ORDER BY d.id
"""
WRITTEN = """
    SELECT count(*), md5(string_agg(md5(concat_ws('|', cycle_id, holder_id, content - 'declaration')), ''
                                    ORDER BY cycle_id))
      FROM declarations_proof
"""
ALL = 1_000_000


def ours() -> None:
    call_command("issue_proofs", stdout=StringIO(), stderr=StringIO())


def issue() -> None:
    """Issue all missing proofs, without recording a job run."""
    batch, last = actions.issue_proofs()
    while batch:
        batch, last = actions.issue_proofs(after=last)


def upon_renewed(measure, *, limit=ALL):
    """The result of a measurement on renewals without proofs; everything is rolled back."""
    with transaction.atomic():
        execute(RENEWED, {"at": clock.now(), "limit": limit})
        found = measure()
        transaction.set_rollback(True)
    return found


def timed(call):
    """Seconds for a call, deferred constraints included."""
    return lambda: seconds(lambda: (call(), execute("SET CONSTRAINTS ALL IMMEDIATE")))


def peak():
    """Peak memory allocated by Python, in MB."""
    tracemalloc.start()
    ours()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def renewed() -> int:
    return upon_renewed(lambda: execute("SELECT count(*) FROM opened")[0][0])


@case("P", "Proofs of earlier renewals, the whole command against bare SQL", at_most=15, unit="s")
def issuing(site):
    bare = partial(execute, BARE)
    wrote = [upon_renewed(lambda call=call: (call(), execute(WRITTEN))[1]) for call in (ours, bare)]
    if wrote[0] != wrote[1]:
        raise RuntimeError(f"the command writes {wrote[0]}, its bare SQL {wrote[1]}")
    print(f"{wrote[0][0][0]:,} proofs", flush=True)
    return partial(upon_renewed, timed(ours)), partial(upon_renewed, timed(bare))


@case("P", "Proofs of all earlier renewals against a tenth of them, of each", at_most=1.2, unit="ms")
def issuing_a_tenth(site):
    count = renewed()

    def each(limit):
        return upon_renewed(timed(ours), limit=limit) * 1000 / limit

    return partial(each, count), partial(each, count // 10)


@case("P", "Peak memory of issuing proofs, all against a tenth of them", at_most=1.1, unit="MB", rounds=1)
def issuing_in_memory(site):
    tenth = renewed() // 10
    # Warm-up: what a process loads once must not count.
    upon_renewed(peak, limit=tenth)
    return partial(upon_renewed, peak), partial(upon_renewed, peak, limit=tenth)


@case("15", "Second run of issuing proofs, rows written", unit="rows", rounds=1)
def issuing_again(site):
    return partial(upon_renewed, lambda: again(issue)[1]), None
