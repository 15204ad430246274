"""Renewal of a quarter's cycles, with history and alerts, against bare SQL that writes exactly the same rows."""

from functools import partial

from django.db import transaction
from django.urls import reverse

from benchmarks.cases.measuring import execute, seconds
from benchmarks.harness import case
from cmp_portal.lib import clock
from credentials.queries import newest_set_sql
from declarations import actions

# Approve a declaration for every cycle that ends within the next quarter; bypasses the guards.
DAYS = 92
APPROVE = """
    SET LOCAL session_replication_role = replica;
    CREATE TEMP TABLE quarter ON COMMIT DROP AS
    SELECT y.id FROM credentials_cycle y JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
     WHERE y.closed_at IS NULL AND y.ends_on BETWEEN current_date AND current_date + %(days)s;
    UPDATE credentials_cycle SET declared_on = %(on)s, shares_frozen_at = %(at)s WHERE id IN (SELECT id FROM quarter);
    DELETE FROM declarations_step WHERE declaration_id IN
        (SELECT id FROM declarations_declaration WHERE cycle_id IN (SELECT id FROM quarter));
    DELETE FROM declarations_declaration WHERE cycle_id IN (SELECT id FROM quarter);
    INSERT INTO declarations_declaration (uuid, number, holder_id, cycle_id, state, created_at, received_at,
                                          received_on, attestation_id, requirement_set_id, window_starts_on,
                                          window_ends_on, counted, decided_at, decided_by_id, decided_on)
    SELECT gen_random_uuid(), 'B' || y.id, y.holder_id, y.id, 'eligible', %(at)s, %(at)s, %(on)s,
           (SELECT MAX(id) FROM declarations_attestation), y.requirement_set_id, y.starts_on, y.ends_on, 3600,
           %(at)s, (SELECT MIN(id) FROM accounts_user), %(on)s
      FROM credentials_cycle y JOIN quarter q ON q.id = y.id ORDER BY y.id;
    SET LOCAL session_replication_role = origin;
    ANALYZE declarations_declaration
"""
# Each statement writes what the portal's counterpart writes; history and guard triggers run for both.
BARE = f"""
    CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT d.id, d.uuid, d.number, d.holder_id, d.cycle_id, y.credential_id, c.certificate_number, t.code, t.title,
           y.ends_on + 1 AS starts_on,
           (COALESCE(c.anchor_on, y.ends_on) + make_interval(years => t.cycle_years * (1 + (
               EXTRACT(year FROM y.ends_on)::int - EXTRACT(year FROM COALESCE(c.anchor_on, y.ends_on))::int)
               / t.cycle_years)))::date AS ends_on, c.anchor_on, c.credential_type_id
      FROM declarations_declaration d
      JOIN credentials_cycle y ON y.id = d.cycle_id
      JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
     WHERE d.state = 'eligible' AND y.ends_on < %(until)s AND d.decided_on <= %(until)s ORDER BY d.id;
    ANALYZE due;
    UPDATE declarations_declaration d SET state = 'renewed' FROM due WHERE due.id = d.id;
    INSERT INTO declarations_step (declaration_id, move, from_state, to_state, at, note, private_note)
    SELECT id, 'renew', 'eligible', 'renewed', %(at)s, '', '' FROM due ORDER BY id;
    UPDATE credentials_cycle y SET closed_at = %(at)s, shares_frozen_at = %(at)s FROM due WHERE due.cycle_id = y.id;
    INSERT INTO credentials_cycle (holder_id, credential_id, requirement_set_id, starts_on, ends_on)
    SELECT holder_id, credential_id,
           ({newest_set_sql(of="due.credential_type_id", on="due.ends_on")}), starts_on, ends_on
      FROM due ORDER BY id;
    UPDATE credentials_credential c SET anchor_on = due.ends_on FROM due
     WHERE due.credential_id = c.id AND c.anchor_on IS NULL;
    INSERT INTO declarations_proof (uuid, holder_id, declaration_id, cycle_id, content, issued_at)
    SELECT gen_random_uuid(), due.holder_id, due.id, n.id, jsonb_build_object(
               'holder', trim(h.first_name || ' ' || h.last_name), 'credential', due.code,
               'title', due.title, 'certificate_number', due.certificate_number, 'declaration', due.number,
               'starts_on', due.starts_on, 'ends_on', due.ends_on), %(at)s
      FROM due
      JOIN credentials_cycle n ON n.credential_id = due.credential_id AND n.starts_on = due.starts_on
      JOIN accounts_holder h ON h.id = due.holder_id ORDER BY due.id;
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT holder_id, 'renewed', 'renewed:' || cycle_id,
           code || ' is renewed until ' || to_char(ends_on, 'FMDD FMMonth YYYY'),
           'Based on your declaration ' || number || ', your credential is renewed for 3 years. The next cycle runs'
           ' from '
           || to_char(starts_on, 'FMDD FMMonth YYYY') || ' to ' || to_char(ends_on, 'FMDD FMMonth YYYY') || '.',
           replace(%(link)s, %(nobody)s, uuid::text), %(at)s
      FROM due ORDER BY id ON CONFLICT (holder_id, key) DO NOTHING
"""  # noqa: S608 (constants only)
NOBODY = "00000000-0000-0000-0000-000000000000"
WRITTEN = """
    SELECT (SELECT count(*) FROM declarations_step WHERE at = %(at)s AND move = 'renew'),
           (SELECT count(*) FROM declarations_declaration WHERE state = 'renewed' AND decided_on = %(on)s),
           (SELECT md5(string_agg(md5(concat_ws('|', holder_id, key, title, body)), '' ORDER BY key))
              FROM accounts_alert WHERE created_at = %(at)s AND kind = 'renewed'),
           (SELECT md5(string_agg(md5(concat_ws('|', holder_id, content)), '' ORDER BY content->>'declaration'))
              FROM declarations_proof WHERE issued_at = %(at)s),
           (SELECT md5(string_agg(md5(concat_ws('|', n.credential_id, n.requirement_set_id, n.starts_on, n.ends_on,
                                                c.anchor_on)), '' ORDER BY n.credential_id))
              FROM credentials_cycle n JOIN credentials_credential c ON c.id = n.credential_id WHERE n.id > %(last)s)
"""


@case("14", "Bulk renewal of a quarter with history and alerts, against bare SQL", at_most=2, unit="s", rounds=5)
def renewing(site):
    at, on = clock.now(), clock.today()
    until = on.fromordinal(on.toordinal() + DAYS + 31)
    link = reverse("declarations:detail", args=[NOBODY])
    values = {"at": at, "on": on, "until": until, "days": DAYS, "link": link, "nobody": NOBODY}
    values["last"] = execute("SELECT MAX(id) FROM credentials_cycle")[0][0]
    ours, bare = partial(actions.roll, on=until, at=at), partial(execute, BARE, values)
    wrote = [approved(call, values, lambda: execute(WRITTEN, values)) for call in (ours, bare)]
    if wrote[0] != wrote[1]:
        raise RuntimeError(f"the renewal writes {wrote[0]}, its bare SQL {wrote[1]}")
    return (lambda: approved(ours, values)), (lambda: approved(bare, values))


def approved(call, values, look=None):
    """Seconds for a call on an approved quarter including deferred constraints, or the result of `look`; undone."""
    with transaction.atomic():
        execute(APPROVE, values)
        taken = seconds(lambda: (call(), execute("SET CONSTRAINTS ALL IMMEDIATE")))
        found = look() if look else taken
        transaction.set_rollback(True)
    return found
