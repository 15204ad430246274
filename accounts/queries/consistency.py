"""Consistency checks of people, accounts and alerts."""

from cmp_portal.lib.consistency import Check, each_in_sql

PEOPLE = {
    "duplicate alerts": """
        SELECT holder_id, key FROM accounts_alert GROUP BY holder_id, key HAVING COUNT(*) > 1
    """,
    "accounts whose email addresses differ only in case": """
        SELECT MIN(id), LOWER(email) FROM accounts_user GROUP BY LOWER(email) HAVING COUNT(*) > 1
    """,
    "records with several accounts": """
        SELECT holder_id, concat('accounts ', MIN(id), ' and ', MAX(id)) FROM accounts_user
         GROUP BY holder_id HAVING holder_id IS NOT NULL AND COUNT(*) > 1
    """,
}


def consistency_checks() -> tuple[Check, ...]:
    """The checks of this app."""
    return each_in_sql("accounts", PEOPLE)
