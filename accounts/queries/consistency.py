"""Consistency checks of people, accounts and alerts."""

from cmp_portal.lib.consistency import Check, each_in_sql

PEOPLE = {
    "alerts told twice": """
        SELECT holder_id, key FROM accounts_alert GROUP BY holder_id, key HAVING COUNT(*) > 1
    """,
    "sign-ins that differ in case only": """
        SELECT MIN(id), LOWER(email) FROM accounts_user GROUP BY LOWER(email) HAVING COUNT(*) > 1
    """,
    "records with several sign-ins": """
        SELECT holder_id, concat('sign-ins ', MIN(id), ' and ', MAX(id)) FROM accounts_user
         GROUP BY holder_id HAVING holder_id IS NOT NULL AND COUNT(*) > 1
    """,
}


def consistency_checks() -> tuple[Check, ...]:
    """The checks of this app."""
    return each_in_sql("accounts", PEOPLE)
