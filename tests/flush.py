"""How the database is emptied after a test with transactions of its own."""

from django.core.management.commands import flush
from django.db import connections, transaction

# The same for every test, as migrations leave them.
KEPT = {"django_content_type", "auth_permission"}


class Flush(flush.Command):
    """Deletes where rows are; Django truncates, which makes the files of all tables and indexes anew."""

    def handle(self, *, database: str, **options: object) -> None:
        connection = connections[database]
        tables = sorted({*connection.introspection.django_table_names()} - KEPT)
        with transaction.atomic(using=database), connection.cursor() as cursor:
            # Rows of append-only tables go as well; whoever still writes is waited for, as TRUNCATE does.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
            for (name,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {name}")


def use() -> None:
    """From now on, `flush` is this one."""
    flush.Command = Flush
