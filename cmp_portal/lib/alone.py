"""One at a time, among all processes: by a lock that is gone with whoever held it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection, transaction

# The lock is the session's: it is gone with the process, and within seconds also when a long statement outlives that.
LOCK = """
    SELECT pg_try_advisory_lock(hashtext(%s)), set_config('client_connection_check_interval', '5s', FALSE)
"""
# Longer than a page may wait for rows: whoever is at it may be in a queue of their own, as logins are.
PATIENCE = "SELECT set_config('lock_timeout', '30s', TRUE), set_config('statement_timeout', '30s', TRUE)"
WAIT = "SELECT pg_advisory_lock(hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext(%s))"


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Whether nobody else is at this until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [name])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(name)


@contextmanager
def in_turn(name: str) -> Iterator[None]:
    """Whoever comes while somebody else is at this waits until they have done; the lock outlives the transaction."""
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
