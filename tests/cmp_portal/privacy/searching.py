"""Search the whole database for a value."""

from django.db import connection


def columns_with(mark):
    """Every column that contains it, as "table.column"."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.table_name, c.column_name FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
               AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY')
        """)
        for table, column in cursor.fetchall():
            cursor.execute(
                f"""SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s)""", [f"%{mark}%"]
            )
            if cursor.fetchone()[0]:
                found.add(f"{table}.{column}")
    return found
