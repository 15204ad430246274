"""Consistency checks of credentials, their cycles, and the tables behind them."""

from cmp_portal.lib.consistency import Check, each_in_sql
from credentials.enums import Unit
from credentials.queries.requirements import newest_set_sql

# Each cycle with the previous one of the same credential.
IN_ORDER = """
    (SELECT y.*, LAG(y.id) OVER w AS before_id, LAG(y.ends_on) OVER w AS before_ends_on,
            LAG(y.declared_on) OVER w AS before_declared_on, LAG(y.closed_at) OVER w AS before_closed_at
       FROM credentials_cycle y WINDOW w AS (PARTITION BY y.credential_id ORDER BY y.starts_on, y.id)) y
"""
CYCLES = {
    "cycles with a different holder or type than their credential": """
        SELECT y.id, concat('holder ', y.holder_id, '; credential of holder ', c.holder_id,
                            ', type ', c.credential_type_id, '; requirement set for type ', s.credential_type_id)
          FROM credentials_cycle y
          LEFT JOIN credentials_credential c ON c.id = y.credential_id
          LEFT JOIN credentials_requirementset s ON s.id = y.requirement_set_id
         WHERE y.holder_id IS DISTINCT FROM c.holder_id
            OR s.credential_type_id IS NULL OR s.credential_type_id <> c.credential_type_id
    """,
    "cycles that begin before the previous one has ended": f"""
        SELECT y.id, concat('begins on ', y.starts_on, '; cycle ', y.before_id, ' ends on ', y.before_ends_on)
          FROM {IN_ORDER} WHERE y.starts_on <= y.before_ends_on
    """,  # noqa: S608 (constants only)
    "cycles that do not directly follow the previous one": f"""
        SELECT y.id, concat('begins on ', y.starts_on, '; cycle ', y.before_id, ' ends on ', y.before_ends_on)
          FROM {IN_ORDER}
         WHERE y.starts_on > y.before_ends_on + 1
           AND (y.before_declared_on IS NULL OR y.before_declared_on <= y.before_ends_on)
    """,  # noqa: S608 (constants only)
    "open cycles followed by a later one": f"""
        SELECT y.before_id, concat('cycle ', y.id, ' begins on ', y.starts_on)
          FROM {IN_ORDER} WHERE y.before_id IS NOT NULL AND y.before_closed_at IS NULL
    """,  # noqa: S608 (constants only)
    "cycles that end before they begin": """
        SELECT id, concat('from ', starts_on, ' to ', ends_on) FROM credentials_cycle WHERE ends_on < starts_on
    """,
}
TABLES = {
    "units that are unknown or worth nothing": """
        SELECT u.id, concat(k.code, ': 1 ', u.unit, ' is ', (u.points_per_unit / 100.0)::numeric(12, 2), ' points')
          FROM credentials_kindunit u LEFT JOIN credentials_activitykind k ON k.id = u.kind_id
         WHERE u.points_per_unit <= 0 OR u.unit <> ALL(%(units)s) OR k.id IS NULL
    """,
    "duplicate units": """
        SELECT MIN(id), concat('kind ', kind_id, ', unit ', unit) FROM credentials_kindunit
         GROUP BY kind_id, unit HAVING COUNT(*) > 1
    """,
    "duplicate area codes in a requirement set": """
        SELECT MIN(id), concat('set ', requirement_set_id, ', area ', code) FROM credentials_area
         GROUP BY requirement_set_id, code HAVING COUNT(*) > 1
    """,
}
# Only a note: an expired cycle may outlast the day from which newer requirements apply, until reconcile_status runs.
OUTDATED = {
    "open cycles to which newer requirements apply": f"""
        SELECT y.id, concat('has set ', y.requirement_set_id, '; set ', r.id, ' applies')
          FROM credentials_cycle y JOIN credentials_credential c ON c.id = y.credential_id
         CROSS JOIN LATERAL ({newest_set_sql(of="c.credential_type_id", on="greatest(y.ends_on, %(on)s)")}) r
         WHERE y.shares_frozen_at IS NULL AND y.declared_on IS NULL AND y.requirement_set_id <> r.id
    """,  # noqa: S608 (constants only)
}


def consistency_checks() -> tuple[Check, ...]:
    """The checks of this app."""
    return (
        *each_in_sql("credentials", CYCLES),
        *each_in_sql("credentials", TABLES, units=list(Unit.values)),
        *each_in_sql("credentials", OUTDATED, is_note=True),
    )
