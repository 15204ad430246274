"""The statements that generate the rows: every choice is a hash of row number and seed, so results are reproducible."""

from credentials.queries import newest_set_sql

# Session-local, and simple enough for PostgreSQL to inline. `what` makes the choices for one row independent.
DICE = """
    CREATE OR REPLACE FUNCTION pg_temp.dice(n bigint, what int, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
        SELECT ((hashint8extended(n, {seed}::bigint * 1000 + what) & 9223372036854775807) % sides)::int
    $$
"""

# Every 5,000th holder has 5,000 credits and 12 credentials; the rest follow a realistic distribution.
PLAN = """
    CREATE TEMP TABLE plan ON COMMIT DROP AS
    SELECT n, b.holder + n AS id, n %% 5000 = 1 AS is_heavy,
           CASE WHEN n %% 5000 = 1 THEN 12 WHEN d.a < 550 THEN 1 WHEN d.a < 850 THEN 2 WHEN d.a < 950 THEN 3
                WHEN d.a < 998 THEN 4 ELSE 12 END AS credentials,
           CASE WHEN n %% 5000 = 1 THEN 5000 WHEN d.b < 100 THEN pg_temp.dice(n, 3, 6)
                WHEN d.b < 900 THEN 15 + pg_temp.dice(n, 3, 55) WHEN d.b < 990 THEN 80 + pg_temp.dice(n, 3, 80)
                ELSE 200 + pg_temp.dice(n, 3, 400) END AS credits
      FROM generate_series(1, %(holders)s::bigint) n,
           LATERAL (SELECT pg_temp.dice(n, 1, 1000) AS a, pg_temp.dice(n, 2, 1000) AS b) d,
           (SELECT COALESCE(MAX(id), 0) AS holder FROM accounts_holder) b
"""

HOLDERS = """
    INSERT INTO accounts_holder (id, customer_number, first_name, last_name, birth_month, email, created_at)
    SELECT id, 'S' || lpad(id::text, 9, '0'), (%(firsts)s::text[])[1 + pg_temp.dice(n, 10, %(first)s)],
           (%(lasts)s::text[])[1 + pg_temp.dice(n, 11, %(last)s)], 1 + pg_temp.dice(n, 12, 12),
           'holder-' || id || '@scale.example', %(at)s
      FROM plan ORDER BY n
"""

# A password that starts with an exclamation mark is unusable for login.
USERS = """
    INSERT INTO accounts_user (password, email, holder_id, roles, is_active, date_joined)
    SELECT '!' || md5(email), email, id, '{}', TRUE, %(at)s FROM accounts_holder JOIN plan p USING (id)
     WHERE p.is_heavy OR pg_temp.dice(p.n, 13, 10) < 7 ORDER BY id
"""
REVIEWER = """
    INSERT INTO accounts_user (password, email, roles, is_active, date_joined)
    SELECT '!' || md5('reviewer'), 'reviewer@scale.example', '{reviewer}', TRUE, %(at)s
     WHERE NOT EXISTS (SELECT 1 FROM accounts_user WHERE email = 'reviewer@scale.example')
"""

# A holder's credentials are of different types, with those first in the list more frequent.
CREDENTIALS = """
    CREATE TEMP TABLE granted ON COMMIT DROP AS
    WITH types AS (
        SELECT t.id, (row_number() OVER (ORDER BY t.id))::int - 1 AS place, COUNT(*) OVER ()::int AS many
          FROM credentials_credentialtype t
         WHERE EXISTS (SELECT 1 FROM credentials_requirementset s WHERE s.credential_type_id = t.id)
    ), drawn AS (
        SELECT p.n, p.id AS holder_id, k, row_number() OVER (ORDER BY p.n, k) AS g
          FROM plan p, generate_series(0, p.credentials - 1) k
    )
    SELECT b.id + d.g AS id, d.g, d.n, d.k, d.holder_id, t.id AS type_id,
           CASE WHEN pg_temp.dice(d.g, 21, 100) < 3 THEN %(on)s::date - 1 - pg_temp.dice(d.g, 22, 200)
                ELSE %(on)s::date + pg_temp.dice(d.g, 22, 1095) END AS ends_on,
           pg_temp.dice(d.g, 23, 6) AS earlier_cycles
      FROM drawn d
      JOIN types t ON t.place = (LEAST(pg_temp.dice(d.n, 24, t.many), pg_temp.dice(d.n, 25, t.many)) + d.k) %% t.many,
           (SELECT COALESCE(MAX(id), 0) AS id FROM credentials_credential) b
"""
INSERT_CREDENTIALS = """
    INSERT INTO credentials_credential (id, holder_id, credential_type_id, certificate_number, certified_on, anchor_on,
                                        hold, hold_reason)
    SELECT id, holder_id, type_id, 'S' || id, (ends_on - make_interval(years => 3 * (earlier_cycles + 1)))::date + 1,
           ends_on, 'none', ''
      FROM granted ORDER BY id
"""

# Each credential's open cycle and, where there was one, the previous cycle, declared two months before its end.
CYCLES = f"""
    INSERT INTO credentials_cycle (id, holder_id, credential_id, requirement_set_id, starts_on, ends_on, declared_on,
                                   shares_frozen_at, closed_at)
    SELECT b.id + row_number() OVER (ORDER BY g.id, back DESC), g.holder_id, g.id, s.id, d.starts_on, d.ends_on,
           CASE WHEN back = 1 THEN d.ends_on - 60 END, CASE WHEN back = 1 THEN d.ends_on - 60 + time '12:00' END,
           CASE WHEN back = 1 THEN d.ends_on - 30 + time '12:00' END
      FROM granted g
      JOIN generate_series(0, 1) back ON back <= LEAST(g.earlier_cycles, 1),
           LATERAL (SELECT (g.ends_on - make_interval(years => 3 * back))::date AS ends_on,
                           (g.ends_on - make_interval(years => 3 * (back + 1)))::date + 1 AS starts_on) d,
           LATERAL ({newest_set_sql(of="g.type_id", on="GREATEST(d.ends_on, %(on)s::date)")}) s,
           (SELECT COALESCE(MAX(id), 0) AS id FROM credentials_cycle) b
"""  # noqa: S608 (constants only)

# Numbered in chronological order, as if received that way, so that a holder's credits are scattered over the table.
# Four in five have a subject that the areas of the first credential ask for.
CREDITS = """
    INSERT INTO education_credit (id, uuid, holder_id, provider_id, provider_name, external_id, title, kind_id,
                                  subjects, completed_on, unit, quantity, points, created_at)
    SELECT b.id + c.r, md5(%(seed)s || ' ' || (b.id + c.r))::uuid, c.holder_id, q.provider_id,
           CASE WHEN q.provider_id IS NULL THEN 'Employer ' || pg_temp.dice(c.r, 31, 500) ELSE '' END,
           CASE WHEN q.provider_id IS NOT NULL THEN 'S' || (b.id + c.r) END,
           (%(titles)s::text[])[1 + pg_temp.dice(c.r, 32, %(title)s)] || ', part ' || 1 + pg_temp.dice(c.r, 33, 40),
           (%(kinds)s::bigint[])[1 + pg_temp.dice(c.r, 34, %(kind)s)],
           CASE WHEN pg_temp.dice(c.r, 35, 10) = 0
                THEN ARRAY(SELECT DISTINCT unnest(ARRAY[q.subject, 'management']) ORDER BY 1) ELSE ARRAY[q.subject] END,
           c.completed_on, 'points', q.points / 100.0, q.points, c.completed_on + time '17:00'
      FROM (SELECT id AS holder_id, j, completed_on, row_number() OVER (ORDER BY completed_on, n, j) AS r
              FROM (SELECT p.id, p.n, j, %(on)s::date - pg_temp.dice(p.n * 10000 + j, 30, 2000) AS completed_on
                      FROM plan p, generate_series(1, p.credits) j OFFSET 0) drawn) c
      JOIN first_areas g USING (holder_id),
           (SELECT COALESCE(MAX(id), 0) AS id FROM education_credit) b,
           LATERAL (SELECT 25 * (2 + pg_temp.dice(c.r, 36, 16)) AS points,
                           CASE WHEN pg_temp.dice(c.r, 37, 100) < 85 THEN %(provider)s::bigint END AS provider_id,
                           CASE WHEN pg_temp.dice(c.r, 38, 5) > 0 AND g.wanted[1 + c.j %% cardinality(g.wanted)] <> '*'
                                THEN g.wanted[1 + c.j %% cardinality(g.wanted)]
                                ELSE (%(subjects)s::text[])[1 + pg_temp.dice(c.r, 39, %(subject)s)] END AS subject
                      OFFSET 0) q
"""
FIRST_AREAS = """
    CREATE TEMP TABLE first_areas ON COMMIT DROP AS
    SELECT g.holder_id, w.wanted FROM granted g
      JOIN (SELECT s.credential_type_id, array_agg(a.accepts[1] ORDER BY a.position) AS wanted
              FROM credentials_area a JOIN credentials_requirementset s ON s.id = a.requirement_set_id
             WHERE s.id = (SELECT MAX(l.id) FROM credentials_requirementset l
                            WHERE l.credential_type_id = s.credential_type_id)
             GROUP BY s.credential_type_id) w ON w.credential_type_id = g.type_id
     WHERE g.k = 0
"""

# Each credit goes to the first area that names its subject, else to one that accepts any; area by area in turn, so that
# minimums fill first, until the cycle's target is reached. One in ten is split between two areas.
SHARES = """
    INSERT INTO education_allocation (id, holder_id, cycle_id, credit_id, area_id, points, created_at)
    WITH cycles AS MATERIALIZED (
        SELECT y.id, y.holder_id, y.requirement_set_id,
               GREATEST(y.starts_on, w.opens_on) AS opens_on, LEAST(y.ends_on, w.closes_on) AS closes_on,
               CASE WHEN y.closed_at IS NOT NULL OR pg_temp.dice(y.id, 40, 100) < 55
                    THEN s.total + pg_temp.dice(y.id, 41, 600)
                    ELSE s.total * pg_temp.dice(y.id, 41, 90) / 100 END AS enough
          FROM credentials_cycle y
          JOIN credentials_requirementset s ON s.id = y.requirement_set_id
          JOIN granted g ON g.id = y.credential_id,
               LATERAL (SELECT {window} FROM credentials_credential c
                          JOIN credentials_credentialtype t ON t.id = c.credential_type_id
                         WHERE c.id = y.credential_id) w
    ), homes AS MATERIALIZED (
        SELECT DISTINCT ON (s.id, u.code) s.id AS requirement_set_id, u.code AS subject, a.id AS area_id,
               rest.id AS rest_id
          FROM credentials_requirementset s
         CROSS JOIN credentials_subject u
          JOIN credentials_area a ON a.requirement_set_id = s.id AND a.accepts && ARRAY[u.code, '*']::varchar[]
          LEFT JOIN credentials_area rest
            ON rest.requirement_set_id = s.id AND rest.accepts @> ARRAY['*']::varchar[] AND rest.id <> a.id
         ORDER BY s.id, u.code, a.accepts @> ARRAY['*']::varchar[], a.position, rest.position
    ), placed AS (
        SELECT f.*, h.area_id, h.rest_id,
               row_number() OVER (PARTITION BY f.cycle_id, h.area_id ORDER BY f.credit_id) AS turn
          FROM (SELECT y.id AS cycle_id, y.holder_id, y.requirement_set_id, y.enough, k.id AS credit_id, k.points,
                       k.subjects[1] AS subject
                  FROM cycles y
                  JOIN education_credit k
                    ON k.holder_id = y.holder_id AND k.completed_on BETWEEN y.opens_on AND y.closes_on OFFSET 0) f
          JOIN homes h ON h.requirement_set_id = f.requirement_set_id AND h.subject = f.subject
    ), taken AS (
        SELECT *, SUM(points) OVER (PARTITION BY cycle_id ORDER BY turn, credit_id) - points AS before FROM placed
    ), shared AS (
        SELECT t.holder_id, t.cycle_id, t.credit_id, v.area_id, v.points
          FROM taken t,
               LATERAL (SELECT CASE WHEN pg_temp.dice(t.credit_id, 42, 10) = 0 AND t.rest_id IS NOT NULL
                                    AND t.points >= 100 THEN t.points / 50 * 25 ELSE t.points END AS main) m,
               LATERAL (VALUES (t.area_id, m.main), (t.rest_id, t.points - m.main)) v (area_id, points)
         WHERE t.before < t.enough AND v.points > 0
    )
    SELECT b.id + row_number() OVER (ORDER BY credit_id, cycle_id, area_id), holder_id, cycle_id, credit_id, area_id,
           points, %(at)s
      FROM shared, (SELECT COALESCE(MAX(id), 0) AS id FROM education_allocation) b
"""

# Two in three of the complete cycles that may be declared now are declared.
DECLARED = """
    UPDATE credentials_cycle y SET declared_on = %(on)s, shares_frozen_at = %(at)s
      FROM granted g, education_cyclestatus s
     WHERE g.id = y.credential_id AND s.cycle_id = y.id AND s.is_complete AND y.closed_at IS NULL
       AND y.ends_on BETWEEN %(on)s::date AND %(on)s::date + 90 AND pg_temp.dice(y.id, 50, 3) > 0
"""
DECLARATIONS = """
    INSERT INTO declarations_declaration (id, uuid, number, holder_id, cycle_id, state, created_at, received_at,
                                          received_on, attestation_id, requirement_set_id, window_starts_on,
                                          window_ends_on, counted, decided_at, decided_by_id, decided_on)
    SELECT d.id, md5(%(seed)s || ' declaration ' || d.id)::uuid, 'S' || d.id, y.holder_id, y.id,
           CASE WHEN y.closed_at IS NULL THEN 'submitted' ELSE 'renewed' END, %(at)s,
           y.declared_on + time '12:00' + make_interval(secs => pg_temp.dice(y.id, 51, 20000)), y.declared_on, v.id,
           y.requirement_set_id, w.opens_on, w.closes_on, s.counted,
           CASE WHEN y.closed_at IS NOT NULL THEN y.declared_on + 20 + time '12:00' END,
           CASE WHEN y.closed_at IS NOT NULL THEN u.id END,
           CASE WHEN y.closed_at IS NOT NULL THEN y.declared_on + 20 END
      FROM credentials_cycle y
      JOIN granted g ON g.id = y.credential_id
      JOIN education_cyclestatus s ON s.cycle_id = y.id,
           (SELECT COALESCE(MAX(id), 0) AS id FROM declarations_declaration) b,
           (SELECT id FROM accounts_user WHERE email = 'reviewer@scale.example') u,
           (SELECT id FROM declarations_attestation ORDER BY applies_from DESC, id DESC LIMIT 1) v,
           LATERAL (SELECT b.id + y.id AS id) d,
           LATERAL (SELECT {window} FROM credentials_credential c
                      JOIN credentials_credentialtype t ON t.id = c.credential_type_id WHERE c.id = y.credential_id) w
     WHERE y.declared_on IS NOT NULL
"""
STEPS = """
    INSERT INTO declarations_step (declaration_id, move, from_state, to_state, by_id, at, note, private_note)
    SELECT d.id, m.move, m.before, m.after, m.by, d.received_at + m.later, '', ''
      FROM declarations_declaration d JOIN credentials_cycle y ON y.id = d.cycle_id
      JOIN granted g ON g.id = y.credential_id,
           LATERAL (VALUES (1, 'submit', 'draft', 'submitted', NULL, interval '0'),
                           (2, 'approve', 'submitted', 'eligible', d.decided_by_id, interval '20 days'),
                           (3, 'renew', 'eligible', 'renewed', NULL, interval '30 days'))
                   m (place, move, before, after, by, later)
     WHERE m.place = 1 OR d.state = 'renewed' ORDER BY d.id, m.place
"""
FREEZE_SETS = """
    UPDATE credentials_requirementset s SET frozen_at = %(at)s
     WHERE s.frozen_at IS NULL
       AND EXISTS (SELECT 1 FROM declarations_declaration d WHERE d.requirement_set_id = s.id)
"""

# Already emailed, so that the first delivery does not email everybody.
ALERTS = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at, emailed_at)
    SELECT p.id, 'credit_posted', 'scale:' || p.n || ':' || k, 'ASCP posted “Laboratory medicine update” (2 points)',
           'It is in your record. Allocate it to a requirement under Check Progress.', '/progress/', d.at, d.at
      FROM plan p, generate_series(1, pg_temp.dice(p.n, 60, 4)) k,
           LATERAL (SELECT %(at)s::timestamptz - make_interval(hours => pg_temp.dice(p.n * 10 + k, 61, 1000)) AS at) d
     ORDER BY d.at, p.n, k
"""

# What the triggers would have written about heavy holders, whose pages pay for the length of their history; for all
# others it would double the load and change no page.
HISTORY = """
    INSERT INTO {events} (pgh_created_at, pgh_label, pgh_obj_id, {columns})
    SELECT %(at)s, 'insert', id, {columns} FROM {table} WHERE holder_id IN (SELECT p.id FROM plan p WHERE p.is_heavy)
     ORDER BY id
"""

NEXT_KEYS = """
    SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), GREATEST((SELECT MAX(id) FROM {table}), 1))
"""
