"""SQL queries for violations of what must always hold of credits and shares."""

from django.db import connection

# Restricted to one holder, so that the check after each round stays fast as the tables grow.
INVARIANTS = {
    "credits over-allocated": """
        SELECT count(*) FROM (SELECT 1 FROM education_allocation a JOIN education_credit c ON c.id = a.credit_id
         WHERE c.holder_id = %(holder)s GROUP BY a.cycle_id, c.id HAVING sum(a.points) > c.points) broken""",
    "withdrawn credits with shares": """
        SELECT count(*) FROM education_allocation a JOIN education_credit c ON c.id = a.credit_id
         WHERE c.holder_id = %(holder)s AND c.withdrawn_at IS NOT NULL""",
    "credits allocated to two cycles of one credential": """
        SELECT count(*) FROM (SELECT 1 FROM education_allocation a JOIN credentials_cycle y ON y.id = a.cycle_id
         WHERE a.holder_id = %(holder)s GROUP BY a.credit_id, y.credential_id
        HAVING count(DISTINCT y.id) > 1) broken""",
    "statuses that differ from their shares": """
        SELECT count(*) FROM education_cyclestatus s
         WHERE s.holder_id = %(holder)s
           AND s.counted <> (SELECT COALESCE(sum(a.points), 0) FROM education_allocation a
                              WHERE a.cycle_id = s.cycle_id)""",
}


def broken_invariants(*, holder: int) -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for name, statement in INVARIANTS.items():
            cursor.execute(statement, {"holder": holder})
            counts[name] = int(cursor.fetchone()[0])
    return counts
