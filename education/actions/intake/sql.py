"""The SQL statements of the intake of credits, in the order they run; all of them set-based."""

from accounts.queries import CORRESPONDENCE, language_sql, sql_in_each_language
from cmp_portal.lib.formatting import points_words_sql
from education.queries.api import PLAIN

# Chunks follow the customer numbers, so that all lines of a holder are in one chunk. Cells of a refused line are as
# received, so spaces have to be normalized.
KEY = """
    CASE WHEN reason IS NULL THEN customer_number
         ELSE left(btrim(regexp_replace(customer_number, '\\s+', ' ', 'g')), 32) END COLLATE "C"
"""

# Holders are found by customer number; a name or birth month in the line has to agree. Otherwise, by what the Board has
# decided about an earlier line with this external id, or with this number and name.
HOLDERS = f"""
    CREATE TEMP TABLE found ON COMMIT DROP AS
    WITH known AS (
        SELECT s.*, h.id AS number_of,
               CASE WHEN h.id IS NULL THEN 'no_holder'
                    WHEN s.last_name <> '' AND {PLAIN.format("s.last_name")} <> {PLAIN.format("h.last_name")}
                    THEN 'other_name'
                    WHEN s.birth_month <> '' AND s.birth_month::int <> h.birth_month THEN 'other_birth_month'
               END AS code
          FROM staged s LEFT JOIN accounts_holder h ON h.customer_number = s.customer_number
         WHERE s.reason IS NULL
    )
    SELECT k.*, CASE WHEN k.code IS NULL THEN k.number_of ELSE (
               SELECT r.resolved_to_id FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id
                WHERE b.provider_id = %(provider)s AND r.record ->> 'customer_number' = k.customer_number
                  AND r.resolved_by_id IS NOT NULL AND r.resolved_to_id IS NOT NULL
                  AND (r.external_id = k.external_id
                       OR k.last_name <> '' AND (r.record ->> 'last_name', r.record ->> 'birth_month')
                                                = (k.last_name, k.birth_month))
                ORDER BY r.id DESC LIMIT 1) END AS holder_id
      FROM known k
"""  # noqa: S608 (constants only)

# Lines of one credit are ordered by the provider's timestamp or, without one, as in the feed: the first decides whose
# it is, later ones correct it. A line older than the stored version, or than the Board's decision, is outdated. If all
# lines together result in what is already stored, nothing changes, which makes feeds idempotent.
# LIMIT 1 makes the planner look up each credit by index, so that the cost depends on the feed, not on the table.
JUDGE = """
    CREATE TEMP TABLE judged ON COMMIT DROP AS
    WITH beside AS (
        SELECT f.line, f.external_id, f.customer_number, f.holder_id, f.code, c.id AS credit_id,
               c.holder_id AS owner_id,
               f.status = 'withdrawn' AS is_withdrawn, NULLIF(f.updated_at, '')::timestamptz AS said_at,
               c.provider_updated_at AS kept_at, c.decided_at,
               CASE WHEN f.status <> 'withdrawn' OR c.id IS NULL
                    THEN concat_ws(E'\x1f', f.title, f.kind, f.subjects, f.completed_on, f.points, f.status)
                    ELSE concat_ws(E'\x1f', COALESCE(NULLIF(f.title, ''), c.title),
                                   COALESCE(NULLIF(f.kind, ''), k.code),
                                   COALESCE(NULLIF(f.subjects, ''), array_to_string(c.subjects, ';')),
                                   COALESCE(NULLIF(f.completed_on, ''), c.completed_on::text),
                                   COALESCE(NULLIF(f.points, ''), to_char(c.points / 100.0, 'FM9999990.00')), f.status)
               END AS content,
               CASE WHEN c.id IS NOT NULL THEN
                   concat_ws(E'\x1f', c.title, k.code, array_to_string(c.subjects, ';'), c.completed_on::text,
                             to_char(c.points / 100.0, 'FM9999990.00'),
                             CASE WHEN c.withdrawn_at IS NULL THEN 'completed' ELSE 'withdrawn' END)
               END AS kept,
               CASE WHEN NOT '' IN (f.title, f.kind, f.subjects, f.completed_on, f.points) THEN NULL
                    WHEN f.status = 'withdrawn' THEN CASE WHEN c.id IS NULL THEN %(nothing_posted)s END
                    ELSE concat_ws('; ', CASE f.title WHEN '' THEN 'title: is empty' END,
                                   CASE f.kind WHEN '' THEN 'kind: is empty' END,
                                   CASE f.subjects WHEN '' THEN 'subjects: is empty' END,
                                   CASE f.completed_on WHEN '' THEN 'completed_on: is empty' END,
                                   CASE f.points WHEN '' THEN 'points: is empty' END) END AS missing,
               COALESCE(NULLIF(f.completed_on, '')::date NOT BETWEEN
                        COALESCE(%(approved_from)s::date, '-infinity')
                        AND COALESCE(%(approved_until)s::date, 'infinity'), FALSE) AS is_outside
          FROM found f
          LEFT JOIN LATERAL (SELECT * FROM education_credit c WHERE c.provider_id = %(provider)s
                                AND c.external_id = f.external_id LIMIT 1) c ON TRUE
          LEFT JOIN credentials_activitykind k ON k.id = c.kind_id
    ), owned AS (
        SELECT *, holder_id IS NOT NULL AND missing IS NULL AND holder_id = first_value(COALESCE(owner_id, holder_id))
                  OVER (PARTITION BY external_id, holder_id IS NOT NULL AND missing IS NULL
                        ORDER BY customer_number, line) AS is_theirs
          FROM beside
    ), aged AS (
        SELECT *, COALESCE(said_at <= decided_at, decided_at IS NOT NULL)
                  OR COALESCE(said_at < kept_at, kept_at IS NOT NULL) AS is_old,
               said_at IS NOT NULL AND content <> CASE WHEN said_at = kept_at THEN kept ELSE
                   first_value(content) OVER (PARTITION BY external_id, is_theirs, said_at ORDER BY line) END
                   AS is_contradiction,
               is_outside AND NOT is_withdrawn AND content IS DISTINCT FROM kept AS is_refused
          FROM owned
    ), new AS (
        SELECT *, is_theirs AND NOT (is_old OR is_contradiction OR is_refused) AS is_heard FROM aged
    ), told AS (
        SELECT *, is_heard AND lead(line) OVER by_moment IS NULL AS is_last,
               CASE WHEN is_heard THEN COALESCE(lag(content) OVER by_moment, kept) END AS before,
               CASE WHEN is_heard THEN last_value(content)
                    OVER (by_moment ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) END AS finally,
               CASE WHEN holder_id IS NULL THEN code WHEN missing IS NOT NULL THEN 'unreadable'
                    WHEN NOT is_theirs THEN 'other_holder' WHEN is_old THEN NULL
                    WHEN is_contradiction THEN 'contradiction' WHEN is_refused THEN 'outside_approval' END AS refusal
          FROM new WINDOW by_moment AS (PARTITION BY external_id, is_heard ORDER BY said_at NULLS FIRST, line)
    )
    SELECT line, holder_id, credit_id, is_last AND credit_id IS NULL AS is_new,
           COALESCE(is_last AND finally <> kept, FALSE) AS is_change,
           COALESCE(is_last AND finally = kept AND said_at IS DISTINCT FROM kept_at, FALSE) AS is_confirmation,
           CASE WHEN holder_id IS NULL THEN 'unmatched' WHEN refusal IS NOT NULL THEN 'rejected'
                WHEN is_old OR finally = kept OR before = content THEN 'duplicate'
                WHEN before IS NULL THEN 'accepted' ELSE 'corrected' END AS outcome,
           refusal AS code,
           CASE refusal WHEN 'no_holder' THEN 'customer_number: no holder has “' || customer_number || '”'
                        WHEN 'other_name' THEN 'last_name: is not the name of holder ' || customer_number
                        WHEN 'other_birth_month'
                        THEN 'birth_month: is not the birth month of holder ' || customer_number
                        WHEN 'unreadable' THEN missing WHEN 'other_holder' THEN %(other_holder)s
                        WHEN 'contradiction' THEN %(contradiction)s
                        WHEN 'outside_approval' THEN %(outside_approval)s END AS reason
      FROM told
    UNION ALL
    SELECT line, NULL, NULL, FALSE, FALSE, FALSE, 'rejected', 'unreadable', reason FROM staged WHERE reason IS NOT NULL
"""

# Lines that the Board has dismissed or applied do not return with the next feed.
SETTLED = """
    UPDATE judged j SET outcome = 'duplicate', code = NULL, reason = NULL
      FROM staged s
     WHERE s.line = j.line AND j.outcome = 'unmatched' AND EXISTS (
           SELECT 1 FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id
            WHERE b.provider_id = %(provider)s AND r.outcome = 'unmatched' AND r.external_id = s.external_id
              AND r.resolved_at IS NOT NULL AND r.record = to_jsonb(s) - ARRAY['line', 'reason'])
"""

# Rejected lines are stored with each feed; an unmatched line that is already waiting is not stored again. Nothing of an
# undone feed waits.
KEEP_ROWS = """
    INSERT INTO education_intakerow (batch_id, line, outcome, code, reason, external_id, record, note)
    SELECT %(batch)s, j.line, j.outcome, j.code, left(j.reason, 300), left(s.external_id, 80),
           to_jsonb(s) - ARRAY['line', 'reason'], ''
      FROM judged j JOIN staged s USING (line)
     WHERE j.outcome = 'rejected' OR j.outcome = 'unmatched' AND NOT EXISTS (
           SELECT 1 FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id
            WHERE b.provider_id = %(provider)s AND r.outcome = 'unmatched' AND r.external_id = left(s.external_id, 80)
              AND r.record = to_jsonb(s) - ARRAY['line', 'reason']
              AND (r.resolved_at IS NOT NULL OR b.undo_asked_at IS NULL))
     ORDER BY j.line
    ON CONFLICT (batch_id, line) DO NOTHING
"""

# Resolves waiting lines that came again now that their holder is known.
RESOLVE_ROWS = """
    UPDATE education_intakerow r SET resolved_at = %(at)s, resolved_to_id = j.holder_id
      FROM education_intakebatch b, judged j JOIN staged s USING (line)
     WHERE b.id = r.batch_id AND b.provider_id = %(provider)s AND r.outcome = 'unmatched' AND r.resolved_at IS NULL
       AND j.outcome IN ('accepted', 'corrected', 'duplicate') AND j.holder_id IS NOT NULL
       AND r.external_id = s.external_id AND r.record ->> 'customer_number' = s.customer_number
"""

# Resolves rejected lines when the same feed comes again and the refusal no longer holds.
RESOLVE_REFUSED = """
    UPDATE education_intakerow r SET resolved_at = %(at)s, resolved_to_id = j.holder_id
      FROM judged j
     WHERE r.batch_id = %(batch)s AND r.line = j.line AND r.outcome = 'rejected' AND r.resolved_at IS NULL
       AND j.outcome IN ('accepted', 'corrected', 'duplicate')
"""

# A digest of the line number and a secret of this intake is as hard to guess as a random UUID, without system calls.
INSERT_CREDITS = """
    INSERT INTO education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id, subjects,
                                  completed_on, unit, quantity, points, batch_id, provider_updated_at, withdrawn_at)
    SELECT encode(substr(sha256(%(secret)s || int8send(j.line)), 1, 16), 'hex')::uuid, j.holder_id, %(provider)s, '',
           s.external_id, s.title, k.id, string_to_array(s.subjects, ';'), s.completed_on::date, 'points',
           s.points::numeric, (s.points::numeric * 100)::integer, %(batch)s, NULLIF(s.updated_at, '')::timestamptz,
           CASE s.status WHEN 'withdrawn' THEN %(at)s::timestamptz END
      FROM judged j JOIN staged s USING (line) JOIN credentials_activitykind k ON k.code = s.kind
     WHERE j.is_new ORDER BY j.holder_id, s.external_id
"""

# Where pairs were looked for: leaves out the lines that their holders are asked about instead.
NOT_ASKED = """
           AND NOT EXISTS (SELECT FROM paired p WHERE p.line = j.line)"""


def alert_posted(*, is_paired: bool) -> str:
    """SQL that alerts each holder once of what was posted."""
    amount = sql_in_each_language(lambda: points_words_sql("sum(s.points::numeric)"))
    return f"""
        INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
        SELECT j.holder_id, %(kind)s, 'credit_posted:' || %(tag)s,
               left(format(CASE WHEN count(*) = 1 THEN %(one)s ELSE %(many)s END::jsonb ->> {language_sql()},
                           %(provider)s, count(*), {amount}, left(min(s.title), 100)), 200),
               CASE WHEN count(*) = 1 THEN %(body)s ELSE %(bodies)s END::jsonb ->> {language_sql()}, {language_sql()},
               %(link)s, %(at)s
          FROM judged j JOIN staged s USING (line) {CORRESPONDENCE} j.holder_id
         WHERE j.is_new AND s.status <> 'withdrawn' {NOT_ASKED if is_paired else ""}
         GROUP BY j.holder_id, w.holder_id ORDER BY j.holder_id
        ON CONFLICT (holder_id, key) DO NOTHING
    """  # noqa: S608 (constants only)


LOCK_CREDITS = """
    SELECT 1 FROM education_credit WHERE id IN (SELECT credit_id FROM judged WHERE is_change OR is_confirmation)
     ORDER BY id FOR UPDATE
"""

LOCK_CYCLES = """
    SELECT 1 FROM credentials_cycle
     WHERE id IN (SELECT a.cycle_id FROM education_allocation a JOIN judged j USING (credit_id) WHERE j.is_change)
     ORDER BY id FOR UPDATE
"""

CYCLES_TOUCHED = """
    SELECT DISTINCT a.cycle_id FROM education_allocation a JOIN judged j USING (credit_id)
      JOIN credentials_cycle y ON y.id = a.cycle_id AND y.shares_frozen_at IS NULL
     WHERE j.is_change ORDER BY a.cycle_id
"""

# A withdrawn credit has no points left. Older shares are kept in full as long as the corrected points last, in whole
# steps of the cycle's requirement set.
FIND_CUTS = """
    CREATE TEMP TABLE cut ON COMMIT DROP AS
    WITH shares AS (
        SELECT a.id, a.holder_id, a.credit_id, a.points, COALESCE(NULLIF(s.title, ''), c.title) AS title,
               s.points AS now_points, s.status = 'withdrawn' AS is_withdrawn,
               CASE s.status WHEN 'withdrawn' THEN 0 ELSE (s.points::numeric * 100)::integer END AS limit_of_credit,
               r.step,
               COALESCE(sum(a.points) OVER (PARTITION BY a.cycle_id, a.credit_id ORDER BY a.created_at, a.id
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS older,
               sum(a.points) OVER (PARTITION BY a.cycle_id, a.credit_id) AS together
          FROM education_allocation a
          JOIN judged j USING (credit_id) JOIN staged s USING (line) JOIN education_credit c ON c.id = a.credit_id
          JOIN credentials_cycle y ON y.id = a.cycle_id AND y.shares_frozen_at IS NULL
          JOIN credentials_requirementset r ON r.id = y.requirement_set_id
         WHERE j.is_change
    ), limits AS (
        SELECT *, greatest(0, least(points, limit_of_credit / step * step - older)) AS left_over
          FROM shares WHERE together > limit_of_credit
    )
    SELECT * FROM limits WHERE left_over < points
"""

DELETE_CUT_SHARES = "DELETE FROM education_allocation a USING cut WHERE a.id = cut.id AND cut.left_over = 0"

SHORTEN_CUT_SHARES = """
    UPDATE education_allocation a SET points = cut.left_over FROM cut WHERE a.id = cut.id AND cut.left_over > 0
"""


def alert_cut() -> str:
    """SQL that alerts holders once for each credit of which shares were cut."""
    amount = sql_in_each_language(lambda: points_words_sql("min(NULLIF(cut.now_points, '')::numeric)"))
    return f"""
        INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
        SELECT cut.holder_id, %(kind)s, 'shares_released:' || cut.credit_id || ':' || %(tag)s,
               left(format(%(title)s::jsonb ->> {language_sql()}, min(cut.title)), 200),
               CASE WHEN bool_or(cut.is_withdrawn) THEN format(%(gone)s::jsonb ->> {language_sql()}, %(provider)s)
                    ELSE format(%(body)s::jsonb ->> {language_sql()}, %(provider)s, {amount}) END,
               {language_sql()}, %(link)s, %(at)s
          FROM cut {CORRESPONDENCE} cut.holder_id
         GROUP BY cut.holder_id, cut.credit_id, w.holder_id ORDER BY cut.holder_id, cut.credit_id
        ON CONFLICT (holder_id, key) DO NOTHING
    """  # noqa: S608 (constants only)


# The first of these corrections makes a holder's recorded credit the provider's. Fields that a withdrawal leaves empty
# stay as they were.
UPDATE_CREDITS = """
    UPDATE education_credit c
       SET provider_id = %(provider)s, external_id = s.external_id, provider_name = '',
           title = COALESCE(NULLIF(s.title, ''), c.title), kind_id = COALESCE(k.id, c.kind_id),
           subjects = COALESCE(string_to_array(NULLIF(s.subjects, ''), ';'), c.subjects),
           completed_on = COALESCE(NULLIF(s.completed_on, '')::date, c.completed_on),
           unit = CASE s.points WHEN '' THEN c.unit ELSE 'points' END,
           quantity = COALESCE(NULLIF(s.points, '')::numeric, c.quantity),
           points = COALESCE((NULLIF(s.points, '')::numeric * 100)::integer, c.points), corrected_at = %(at)s,
           withdrawn_at = CASE s.status WHEN 'withdrawn' THEN COALESCE(c.withdrawn_at, %(at)s) END,
           batch_id = %(batch)s, provider_updated_at = NULLIF(s.updated_at, '')::timestamptz, decided_at = NULL
      FROM judged j JOIN staged s USING (line) LEFT JOIN credentials_activitykind k ON k.code = s.kind
     WHERE c.id = j.credit_id AND j.is_change
"""

# The provider confirmed the stored version at a later time, so that lines from in between are outdated.
CONFIRM_CREDITS = """
    UPDATE education_credit c SET provider_updated_at = s.updated_at::timestamptz
      FROM judged j JOIN staged s USING (line) WHERE c.id = j.credit_id AND j.is_confirmation
"""

# `outcomes` holds the first letter of each line's outcome, in the order of the lines.
RECEIPT = """
    INSERT INTO education_intakechunk (batch_id, number, taken_at, accepted, corrected, duplicate, rejected, unmatched,
                                       outcomes)
    SELECT %(batch)s, %(number)s, %(at)s, count(*) FILTER (WHERE outcome = 'accepted'),
           count(*) FILTER (WHERE outcome = 'corrected'), count(*) FILTER (WHERE outcome = 'duplicate'),
           count(*) FILTER (WHERE outcome = 'rejected'), count(*) FILTER (WHERE outcome = 'unmatched'),
           CASE WHEN %(is_only)s THEN COALESCE(string_agg(left(outcome, 1), '' ORDER BY line), '') ELSE '' END
      FROM judged
    ON CONFLICT (batch_id, number) DO NOTHING
"""
