"""SQL statements of the holder import, in the order they run; each handles the whole set, never single rows."""

from credentials.queries import newest_set_sql

MATCH = """
    CREATE TEMP TABLE judged ON COMMIT DROP AS
    SELECT s.line, s.reason, NULL::text AS outcome, s.customer_number, s.first_name, s.last_name, s.email,
           CASE WHEN s.reason IS NULL THEN NULLIF(s.birth_month, '')::smallint END AS birth_month,
           t.id AS type_id, s.certificate_number,
           CASE WHEN s.reason IS NULL THEN s.certified_on::date END AS certified_on,
           CASE WHEN s.reason IS NULL THEN NULLIF(s.cycle_starts_on, '')::date END AS starts_on,
           CASE WHEN s.reason IS NULL THEN NULLIF(s.cycle_ends_on, '')::date END AS ends_on,
           h.id AS holder_id, c.id AS credential_id, c.holder_id AS owner_id, y.id AS cycle_id
      FROM staged s
      LEFT JOIN credentials_credentialtype t ON t.code = s.credential AND s.reason IS NULL
      LEFT JOIN accounts_holder h ON h.customer_number = s.customer_number AND s.reason IS NULL
      LEFT JOIN credentials_credential c
        ON c.credential_type_id = t.id AND c.certificate_number = s.certificate_number
      LEFT JOIN credentials_cycle y
        ON y.credential_id = c.id
       AND y.starts_on = CASE WHEN s.reason IS NULL THEN NULLIF(s.cycle_starts_on, '')::date END
"""

# The register may not have received a change granted here yet: keep the new value while it still sends the old one.
GRANTED_NAMES = """
    UPDATE judged j SET first_name = h.first_name, last_name = h.last_name
      FROM accounts_change c JOIN accounts_holder h ON h.id = c.holder_id
     WHERE c.state = 'granted' AND c.kind = 'name' AND j.holder_id = c.holder_id
       AND trim(j.first_name || ' ' || j.last_name) = c.was
"""

GRANTED_ADDRESSES = """
    UPDATE judged j SET email = h.email
      FROM accounts_change c JOIN accounts_holder h ON h.id = c.holder_id
     WHERE c.state = 'granted' AND c.kind = 'address' AND j.holder_id = c.holder_id AND j.email = c.was
"""

ONE_DAY_ONLY = """
    UPDATE judged SET reason = 'cycle_starts_on, cycle_ends_on: give both dates, or neither for a lifetime credential'
     WHERE reason IS NULL AND (starts_on IS NULL) <> (ends_on IS NULL)
"""

ENDS_BEFORE_START = """
    UPDATE judged SET reason = 'cycle_ends_on: ' || ends_on || ' is before the start'
     WHERE reason IS NULL AND ends_on < starts_on
"""

NO_REQUIREMENTS = """
    UPDATE judged j SET reason = 'cycle_ends_on: no requirements are loaded for a cycle ending on ' || ends_on
     WHERE reason IS NULL AND ends_on IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM credentials_requirementset r WHERE r.credential_type_id = j.type_id
                          AND (r.applies_from IS NULL OR r.applies_from <= j.ends_on))
"""

CERTIFICATE_OF_ANOTHER = """
    UPDATE judged SET reason = 'certificate_number: belongs to another holder'
     WHERE reason IS NULL AND owner_id IS DISTINCT FROM holder_id AND owner_id IS NOT NULL
"""

# A new number for a credential that the holder already has is more likely mistyped than granted.
HAS_ANOTHER = """
    UPDATE judged j SET reason = 'certificate_number: the holder has this credential with ' || c.certificate_number
                                 || '; correct the number, or see --second-certificates'
      FROM (SELECT DISTINCT ON (holder_id, credential_type_id) holder_id, credential_type_id, certificate_number
              FROM credentials_credential WHERE holder_id IN (SELECT holder_id FROM judged WHERE credential_id IS NULL)
             ORDER BY holder_id, credential_type_id, id DESC) c
     WHERE j.reason IS NULL AND j.credential_id IS NULL
       AND (j.holder_id, j.type_id) = (c.holder_id, c.credential_type_id)
"""

HAS_ANOTHER_IN_FILE = """
    UPDATE judged j SET reason = 'certificate_number: differs from line ' || f.line || ', which has the same credential'
                                 ' of this holder; correct the number, or see --second-certificates'
      FROM (SELECT DISTINCT ON (customer_number, type_id) customer_number, type_id, certificate_number, line
              FROM judged WHERE reason IS NULL ORDER BY customer_number, type_id, line) f
     WHERE j.reason IS NULL AND j.credential_id IS NULL AND j.certificate_number <> f.certificate_number
       AND (j.customer_number, j.type_id) = (f.customer_number, f.type_id)
"""

# The first line that has a value for a holder or certificate wins; a later one that disagrees is rejected.
DISAGREES = """
    UPDATE judged j SET reason = %(column)s || ': differs from line ' || f.line || %(same)s
      FROM (SELECT DISTINCT ON ({of}) {of}, {value} AS said, line FROM judged
             WHERE reason IS NULL AND {value} <> '' ORDER BY {of}, line) f
     WHERE j.reason IS NULL AND ({of_j}) = ({of_f}) AND {value_j} <> '' AND {value_j} <> f.said
"""

LIFETIME_WITH_CYCLE = """
    UPDATE judged j SET reason = 'cycle_starts_on, cycle_ends_on: this credential has a cycle'
     WHERE reason IS NULL AND starts_on IS NULL
       AND (EXISTS (SELECT 1 FROM credentials_cycle y WHERE y.credential_id = j.credential_id)
            OR EXISTS (SELECT 1 FROM judged o WHERE o.type_id = j.type_id AND o.reason IS NULL
                          AND o.certificate_number = j.certificate_number AND o.starts_on IS NOT NULL))
"""

CYCLE_IS_SETTLED = """
    UPDATE judged j SET reason = 'cycle_ends_on: the cycle from ' || y.starts_on || ' to ' || y.ends_on
                                 || CASE WHEN y.closed_at IS NULL THEN ' has been declared' ELSE ' is closed' END
      FROM credentials_cycle y
     WHERE j.reason IS NULL AND y.id = j.cycle_id AND y.ends_on <> j.ends_on
       AND (y.closed_at IS NOT NULL OR y.declared_on IS NOT NULL OR y.shares_frozen_at IS NOT NULL)
"""

LENGTHENED = """
    UPDATE judged j SET reason = 'cycle_ends_on: a cycle ending on ' || y.ends_on || ' can be shortened, not lengthened'
      FROM credentials_cycle y
     WHERE j.reason IS NULL AND y.id = j.cycle_id AND y.ends_on < j.ends_on
"""

OVERLAPS = """
    UPDATE judged j SET reason = 'cycle_starts_on: overlaps the cycle from ' || y.starts_on || ' to ' || y.ends_on
      FROM credentials_cycle y
     WHERE j.reason IS NULL AND y.credential_id = j.credential_id AND y.id IS DISTINCT FROM j.cycle_id
       AND y.starts_on <= j.ends_on AND y.ends_on >= j.starts_on
"""

FORMER_IS_DECLARED = """
    UPDATE judged j SET reason = 'cycle_starts_on: the cycle ending on ' || y.ends_on || ' is declared but not decided'
      FROM credentials_cycle y
     WHERE j.reason IS NULL AND j.cycle_id IS NULL AND y.credential_id = j.credential_id
       AND y.closed_at IS NULL AND y.declared_on IS NOT NULL AND y.ends_on < j.starts_on
"""

OVERLAPS_IN_FILE = """
    UPDATE judged j SET reason = 'cycle_starts_on: overlaps the cycle on line ' || o.line
      FROM judged o
     WHERE j.reason IS NULL AND o.reason IS NULL AND o.line < j.line
       AND o.type_id = j.type_id AND o.certificate_number = j.certificate_number
       AND (o.starts_on, o.ends_on) <> (j.starts_on, j.ends_on)
       AND o.starts_on <= j.ends_on AND o.ends_on >= j.starts_on
"""

JUDGE = """
    UPDATE judged j SET outcome =
        CASE WHEN j.reason IS NOT NULL THEN 'rejected'
             WHEN n.repeated THEN 'duplicate'
             WHEN j.credential_id IS NULL OR (j.starts_on IS NOT NULL AND j.cycle_id IS NULL) THEN 'accepted'
             WHEN n.differs THEN 'corrected'
             ELSE 'duplicate' END
      FROM (SELECT o.line,
                   row_number() OVER (PARTITION BY o.reason, o.type_id, o.certificate_number, o.starts_on
                                      ORDER BY o.line) > 1 AS repeated,
                   c.certified_on <> o.certified_on OR y.ends_on <> o.ends_on
                   OR (h.first_name, h.last_name) <> (o.first_name, o.last_name)
                   OR (o.email <> '' AND o.email <> h.email)
                   OR (o.birth_month IS NOT NULL AND o.birth_month IS DISTINCT FROM h.birth_month) AS differs
              FROM judged o
              LEFT JOIN accounts_holder h ON h.id = o.holder_id
              LEFT JOIN credentials_credential c ON c.id = o.credential_id
              LEFT JOIN credentials_cycle y ON y.id = o.cycle_id) n
     WHERE n.line = j.line
"""

PEOPLE = """
    CREATE TEMP TABLE people ON COMMIT DROP AS
    SELECT customer_number, min(first_name) AS first_name, min(last_name) AS last_name, max(email) AS email,
           max(birth_month) AS birth_month
      FROM judged WHERE reason IS NULL GROUP BY customer_number
"""

INSERT_HOLDERS = """
    INSERT INTO accounts_holder (customer_number, first_name, last_name, email, birth_month)
    SELECT p.customer_number, p.first_name, p.last_name, p.email, p.birth_month FROM people p
     WHERE NOT EXISTS (SELECT 1 FROM accounts_holder h WHERE h.customer_number = p.customer_number)
     ORDER BY p.customer_number
"""

UPDATE_HOLDERS = """
    UPDATE accounts_holder h
       SET first_name = p.first_name, last_name = p.last_name, email = COALESCE(NULLIF(p.email, ''), h.email),
           birth_month = COALESCE(p.birth_month, h.birth_month)
      FROM people p
     WHERE h.customer_number = p.customer_number
       AND (h.first_name, h.last_name, h.email, h.birth_month) IS DISTINCT FROM
           (p.first_name, p.last_name, COALESCE(NULLIF(p.email, ''), h.email), COALESCE(p.birth_month, h.birth_month))
"""

INSERT_CREDENTIALS = """
    INSERT INTO credentials_credential (holder_id, credential_type_id, certificate_number, certified_on, anchor_on,
                                        hold, hold_reason)
    SELECT n.id, n.type_id, n.certificate_number, n.certified_on, n.anchor_on, 'none', '' FROM (
        SELECT DISTINCT ON (j.type_id, j.certificate_number) h.id, j.type_id, j.certificate_number, j.certified_on,
               max(j.ends_on) OVER (PARTITION BY j.type_id, j.certificate_number) AS anchor_on
          FROM judged j JOIN accounts_holder h USING (customer_number)
         WHERE j.reason IS NULL AND j.credential_id IS NULL ORDER BY j.type_id, j.certificate_number, j.line
    ) n ORDER BY n.id, n.type_id
"""

UPDATE_CREDENTIALS = """
    UPDATE credentials_credential c SET certified_on = j.certified_on FROM judged j
     WHERE j.reason IS NULL AND c.id = j.credential_id AND c.certified_on <> j.certified_on
"""

# A cycle that is followed by another, in the tables or in the file, is past: insert it closed.
NEW_CYCLES = """
    CREATE TEMP TABLE new_cycles ON COMMIT DROP AS
    SELECT c.holder_id, c.id AS credential_id, c.credential_type_id AS type_id, j.starts_on, j.ends_on,
           EXISTS (SELECT 1 FROM credentials_cycle y WHERE y.credential_id = c.id AND y.starts_on > j.ends_on)
           OR lead(j.line) OVER (PARTITION BY c.id ORDER BY j.starts_on) IS NOT NULL AS is_past
      FROM judged j JOIN credentials_credential c
        ON c.credential_type_id = j.type_id AND c.certificate_number = j.certificate_number
     WHERE j.outcome = 'accepted' AND j.starts_on IS NOT NULL AND j.cycle_id IS NULL
"""

UPDATE_CYCLES = """
    UPDATE credentials_cycle y SET ends_on = j.ends_on FROM judged j
     WHERE j.outcome = 'corrected' AND y.id = j.cycle_id AND y.ends_on > j.ends_on
       AND y.declared_on IS NULL AND y.shares_frozen_at IS NULL
    RETURNING y.id
"""

CLOSE_CYCLES = """
    UPDATE credentials_cycle y SET closed_at = %(at)s, shares_frozen_at = COALESCE(y.shares_frozen_at, %(at)s)
      FROM new_cycles n
     WHERE y.credential_id = n.credential_id AND y.closed_at IS NULL AND y.declared_on IS NULL
       AND y.ends_on < n.starts_on
"""

INSERT_CYCLES = f"""
    INSERT INTO credentials_cycle (holder_id, credential_id, requirement_set_id, starts_on, ends_on, closed_at,
                                   shares_frozen_at)
    SELECT n.holder_id, n.credential_id, r.id, n.starts_on, n.ends_on, n.closed_at, n.closed_at
      FROM (SELECT *, CASE WHEN is_past THEN %(at)s END AS closed_at,
                   CASE WHEN is_past THEN ends_on ELSE greatest(ends_on, %(on)s) END AS day FROM new_cycles) n
     CROSS JOIN LATERAL ({newest_set_sql(of="n.type_id", on="n.day")}) r
     ORDER BY n.holder_id, n.credential_id, n.starts_on
"""  # noqa: S608 (constants only)

ANCHOR = """
    UPDATE credentials_credential c SET anchor_on = n.ends_on
      FROM (SELECT credential_id, ends_on FROM new_cycles WHERE NOT is_past
             UNION ALL
            SELECT credential_id, ends_on FROM credentials_cycle WHERE id = ANY(%(corrected)s) AND closed_at IS NULL) n
     WHERE c.id = n.credential_id AND c.anchor_on IS DISTINCT FROM n.ends_on
"""
