"""Advisory locks that serialize a job across processes; released when their holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection, transaction

# A session-level lock: it goes with the process, and within seconds even when a long statement outlives the process.
LOCK = """
    SELECT pg_try_advisory_lock(hashtextextended(%s, 0)), set_config('client_connection_check_interval', '5s', FALSE)
"""
# Longer than a page may wait for row locks, since the holder may itself be waiting in a queue, as logins do.
PATIENCE = "SELECT set_config('lock_timeout', '30s', TRUE), set_config('statement_timeout', '30s', TRUE)"
WAIT = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@contextmanager
def try_job_lock(name: str) -> Iterator[bool]:
    """Try to take the lock for the block; yields whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [name])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(name)


@contextmanager
def job_lock(name: str) -> Iterator[None]:
    """Wait for the lock and hold it for the block, including past the end of a transaction inside it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(WAIT, [name])
    try:
        yield
    finally:
        _release(name)


def _release(name: str) -> None:
    with suppress(Error), connection.cursor() as cursor:  # a broken connection holds no lock
        cursor.execute(UNLOCK, [name])
