"""The SQL statements that undo a feed, in the order they run."""

# The feed's credits in id order, in the format of judged corrections, so that the same statements lock, cut and alert.
FIND = """
    CREATE TEMP TABLE judged ON COMMIT DROP AS
    SELECT id AS line, id AS credit_id, holder_id, TRUE AS is_change, FALSE AS is_confirmation
      FROM education_credit WHERE batch_id = %(batch)s AND id > %(after)s ORDER BY id LIMIT %(chunk)s
"""

# Checked again now that credits and cycles are locked.
LEAVE_DECLARED = """
    DELETE FROM judged j USING education_credit c
     WHERE c.id = j.credit_id AND (c.batch_id IS DISTINCT FROM %(batch)s OR EXISTS (
           SELECT 1 FROM education_allocation a JOIN credentials_cycle y ON y.id = a.cycle_id
            WHERE a.credit_id = c.id AND y.shares_frozen_at IS NOT NULL))
"""

# The version of each credit before this feed; there is none if the feed created it.
BEFORE = """
    CREATE TEMP TABLE before ON COMMIT DROP AS
    SELECT j.line, e.* FROM judged j JOIN LATERAL (
           SELECT * FROM education_creditevent e
            WHERE e.pgh_obj_id = j.credit_id AND e.batch_id IS DISTINCT FROM %(batch)s
            ORDER BY e.pgh_id DESC LIMIT 1) e ON TRUE
"""

STAGE = """
    CREATE TEMP TABLE staged ON COMMIT DROP AS
    SELECT j.line, c.title, ((COALESCE(b.points, c.points)) / 100.0)::numeric(12, 2)::text AS points,
           CASE WHEN b.line IS NULL OR b.withdrawn_at IS NOT NULL THEN 'withdrawn' ELSE 'completed' END AS status
      FROM judged j JOIN education_credit c ON c.id = j.credit_id LEFT JOIN before b USING (line)
"""

RESTORE = """
    UPDATE education_credit c
       SET provider_id = b.provider_id, external_id = b.external_id, provider_name = b.provider_name, title = b.title,
           kind_id = b.kind_id, subjects = b.subjects, completed_on = b.completed_on, unit = b.unit,
           quantity = b.quantity, points = b.points, withdrawn_at = b.withdrawn_at, batch_id = b.batch_id,
           provider_updated_at = b.provider_updated_at, decided_at = b.decided_at, corrected_at = %(at)s
      FROM before b WHERE c.id = b.line
"""

# Any later feed may deliver these credits again.
WITHDRAW = """
    UPDATE education_credit c
       SET withdrawn_at = %(at)s, batch_id = NULL, provider_updated_at = NULL, corrected_at = %(at)s
      FROM judged j WHERE c.id = j.credit_id AND NOT EXISTS (SELECT 1 FROM before b WHERE b.line = j.line)
"""

# Credits that count now and will not afterward: the feed created them, or made them count again.
TO_WITHDRAW = """
    SELECT c.id FROM staged s JOIN education_credit c ON c.id = s.line
     WHERE s.status = 'withdrawn' AND c.withdrawn_at IS NULL
"""

WITHDRAW_ALERTS = """
    UPDATE accounts_alert a SET withdrawn_at = %(at)s, withdrawn_because = %(because)s
     WHERE a.holder_id IN (SELECT holder_id FROM judged) AND a.key LIKE ANY(%(tags)s) AND a.withdrawn_at IS NULL
"""

# The provider of a credit before this feed; NULL if it was the holder's own record.
WAS_RECORDED = """
    SELECT e.provider_id FROM education_creditevent e
     WHERE e.pgh_obj_id = %(credit)s AND e.batch_id IS DISTINCT FROM %(batch)s ORDER BY e.pgh_id DESC LIMIT 1
"""
