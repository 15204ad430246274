"""The statements of an intake of credits, in the order they run; a set each, never a row."""

# Lines of one credit are read in the order of the file: the first decides whose it is, a later one corrects it. When
# all of them together say what is already kept, nothing is new, so that a file taken in twice changes nothing.
# The limit makes the planner look each credit up by index: a file costs what is in it, however many credits there are.
JUDGE = """
    CREATE TEMP TABLE judged ON COMMIT DROP AS
    WITH matched AS (
        SELECT s.line, s.reason, s.external_id, s.customer_number, h.id AS holder_id, c.id AS credit_id,
               c.holder_id AS owner_id,
               concat_ws(E'\\x1f', s.title, s.kind, s.subjects, s.completed_on, s.points) AS content,
               CASE WHEN c.id IS NOT NULL THEN
                   concat_ws(E'\\x1f', c.title, k.code, array_to_string(c.subjects, ';'),
                             to_char(c.completed_on, 'YYYY-MM-DD'), to_char(c.points / 100.0, 'FM9999990.00'))
               END AS kept
          FROM staged s
          LEFT JOIN accounts_holder h ON h.customer_number = s.customer_number AND s.reason IS NULL
          LEFT JOIN LATERAL (SELECT * FROM education_credit c WHERE c.provider_id = %(provider)s
                                AND c.external_id = s.external_id AND s.reason IS NULL LIMIT 1) c ON TRUE
          LEFT JOIN credentials_activitykind k ON k.id = c.kind_id
    ), owned AS (
        SELECT *, first_value(COALESCE(owner_id, holder_id))
                  OVER (PARTITION BY external_id ORDER BY line) AS rightful_id
          FROM matched WHERE holder_id IS NOT NULL
    ), told AS (
        SELECT line, lead(line) OVER by_line IS NULL AS is_last, COALESCE(lag(content) OVER by_line, kept) AS before,
               last_value(content) OVER (by_line ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS finally
          FROM owned WHERE holder_id = rightful_id WINDOW by_line AS (PARTITION BY external_id ORDER BY line)
    )
    SELECT m.line, m.holder_id, m.credit_id, COALESCE(t.is_last AND m.credit_id IS NULL, FALSE) AS is_new,
           COALESCE(t.is_last AND t.finally <> m.kept, FALSE) AS is_change,
           CASE WHEN m.reason IS NOT NULL THEN 'rejected'
                WHEN m.holder_id IS NULL THEN 'unmatched'
                WHEN t.line IS NULL THEN 'rejected'
                WHEN t.finally = m.kept OR t.before = m.content THEN 'duplicate'
                WHEN t.before IS NULL THEN 'accepted'
                ELSE 'corrected' END AS outcome,
           CASE WHEN m.reason IS NOT NULL THEN m.reason
                WHEN m.holder_id IS NULL THEN 'customer_number: no holder has “' || m.customer_number || '”'
                WHEN t.line IS NULL THEN %(another_holder)s END AS reason
      FROM matched m LEFT JOIN told t USING (line)
"""

FIND_ROWS_TO_KEEP = """
    CREATE TEMP TABLE to_keep ON COMMIT DROP AS
    SELECT DISTINCT ON (n.outcome, n.record) n.* FROM (
        SELECT j.line, j.outcome, left(j.reason, 300) AS reason, left(s.external_id, 80) AS external_id,
               to_jsonb(s) - ARRAY['line', 'reason'] AS record
          FROM judged j JOIN staged s USING (line) WHERE j.outcome IN ('rejected', 'unmatched')
    ) n
    WHERE NOT EXISTS (SELECT 1 FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id
                       WHERE b.provider_id = %(provider)s AND r.outcome = n.outcome AND r.record = n.record)
    ORDER BY n.outcome, n.record, n.line
"""

KEEP_ROWS = """
    INSERT INTO education_intakerow (batch_id, line, outcome, reason, external_id, record)
    SELECT %(batch)s, line, outcome, reason, external_id, record FROM to_keep ORDER BY line
"""

# The same line again, now that its holder is known.
RESOLVE_ROWS = """
    UPDATE education_intakerow r SET resolved_at = %(at)s
      FROM education_intakebatch b, judged j JOIN staged s USING (line)
     WHERE b.id = r.batch_id AND b.provider_id = %(provider)s AND r.outcome = 'unmatched' AND r.resolved_at IS NULL
       AND j.outcome IN ('accepted', 'corrected', 'duplicate')
       AND r.external_id = s.external_id AND r.record ->> 'customer_number' = s.customer_number
"""

# A digest of the line and a secret of this intake is as hard to guess as a random number, and needs no system call.
INSERT_CREDITS = """
    INSERT INTO education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id, subjects,
                                  completed_on, unit, quantity, points)
    SELECT encode(substr(sha256(%(secret)s || int8send(j.line)), 1, 16), 'hex')::uuid, j.holder_id, %(provider)s, '',
           s.external_id, s.title, k.id, string_to_array(s.subjects, ';'), s.completed_on::date, 'points',
           s.points::numeric, (s.points::numeric * 100)::integer
      FROM judged j JOIN staged s USING (line) JOIN credentials_activitykind k ON k.code = s.kind
     WHERE j.is_new ORDER BY j.holder_id, s.external_id
"""

ALERT_POSTED = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT j.holder_id, %(kind)s, 'credit_posted:' || %(batch)s,
           left(format(CASE WHEN count(*) = 1 THEN %(one)s ELSE %(many)s END, %(provider)s, count(*),
                       rtrim(to_char(sum(s.points::numeric), 'FM9999999990.99'), '.')), 200),
           %(body)s, %(link)s, %(at)s
      FROM judged j JOIN staged s USING (line) WHERE j.is_new GROUP BY j.holder_id ORDER BY j.holder_id
    ON CONFLICT (holder_id, key) DO NOTHING
"""

LOCK_CREDITS = """
    SELECT 1 FROM education_credit WHERE id IN (SELECT credit_id FROM judged WHERE is_change) ORDER BY id FOR UPDATE
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

# Older shares are kept whole as long as the corrected points last, in whole steps of the cycle's requirement set.
FIND_CUTS = """
    CREATE TEMP TABLE cut ON COMMIT DROP AS
    WITH shares AS (
        SELECT a.id, a.holder_id, a.credit_id, a.points, s.title, s.points AS now_points,
               (s.points::numeric * 100)::integer AS limit_of_credit, r.step,
               COALESCE(sum(a.points) OVER (PARTITION BY a.cycle_id, a.credit_id ORDER BY a.created_at, a.id
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS older,
               sum(a.points) OVER (PARTITION BY a.cycle_id, a.credit_id) AS together
          FROM education_allocation a
          JOIN judged j USING (credit_id) JOIN staged s USING (line)
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

ALERT_CUT = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT cut.holder_id, %(kind)s, 'shares_released:' || cut.credit_id || ':' || %(batch)s,
           left(format(%(title)s, min(cut.title)), 200), format(%(body)s, %(provider)s, min(cut.now_points)),
           %(link)s, %(at)s
      FROM cut GROUP BY cut.holder_id, cut.credit_id ORDER BY cut.holder_id, cut.credit_id
    ON CONFLICT (holder_id, key) DO NOTHING
"""

# A credit that its holder had recorded becomes its provider's with the first of these.
UPDATE_CREDITS = """
    UPDATE education_credit c
       SET provider_id = %(provider)s, external_id = s.external_id, provider_name = '',
           title = s.title, kind_id = k.id, subjects = string_to_array(s.subjects, ';'),
           completed_on = s.completed_on::date, unit = 'points', quantity = s.points::numeric,
           points = (s.points::numeric * 100)::integer, corrected_at = %(at)s
      FROM judged j JOIN staged s USING (line) JOIN credentials_activitykind k ON k.code = s.kind
     WHERE c.id = j.credit_id AND j.is_change
"""
