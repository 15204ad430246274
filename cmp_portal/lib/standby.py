"""Reads from a standby for pages that may be a few seconds stale, but always show the reader's own writes.

    @may_be_old
    def history(request): ...

The session keeps the WAL position of the user's last write. Until the standby has replayed it, the user's reads go to
the primary; so do everybody's while the standby does not answer.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from psycopg2.errorcodes import QUERY_CANCELED

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

STANDBY = "standby"
WRITTEN = "written_up_to"
AGAIN_AFTER = 10.0  # seconds before a standby that did not answer is tried again
HAS = "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s::pg_lsn"

_is_enough: ContextVar[bool] = ContextVar("a standby is enough", default=False)


class _Silent:
    """Time until which this process avoids the standby."""

    until = 0.0


class Router:
    """Routes writes to the primary, and reads too, except within pages marked with `may_be_old`."""

    def db_for_read(self, model: type, **hints: object) -> str:
        return STANDBY if _is_enough.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type, **hints: object) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: object, other: object, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == DEFAULT_DB_ALIAS


class WrittenMiddleware:
    """Records the WAL position after each unsafe request of a logged-in user, including the login itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if STANDBY in settings.DATABASES and request.method not in ("GET", "HEAD") and SESSION_KEY in request.session:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_wal_lsn()::text")
                request.session[WRITTEN] = cursor.fetchone()[0]
        return answer


def may_be_old(view: View) -> View:
    """Mark a read-only view as correct even if its data is a few seconds old."""

    @wraps(view)
    def read(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # The session and user come from the primary, where they are never stale.
        written = request.session.get(WRITTEN, "0/0") if request.user.pk else "0/0"
        if not _has(written):
            return view(request, *args, **kwargs)
        try:
            with _standby_is_enough():
                answer = view(request, *args, **kwargs)
        except OperationalError as error:  # standby went away, or recovery conflicted with our query
            if getattr(error.__cause__, "pgcode", None) == QUERY_CANCELED:  # timed out, as the primary would too
                raise
            _leave_alone()
            return view(request, *args, **kwargs)
        if isinstance(answer, StreamingHttpResponse) and not answer.is_async:
            answer.streaming_content = _read_on(iter(answer.streaming_content))  # type: ignore[arg-type]
        return answer

    return read


def reading() -> BaseDatabaseWrapper:
    """The connection for SQL that no model reads, which the router doesn't see: to the standby, if that is enough."""
    return connections[STANDBY if _is_enough.get() else DEFAULT_DB_ALIAS]


def _has(written: str) -> bool:
    """Whether a standby is configured, answers, and has replayed up to this WAL position."""
    if STANDBY not in settings.DATABASES or time.monotonic() < _Silent.until:
        return False
    try:
        with connections[STANDBY].cursor() as cursor:
            cursor.execute(HAS, [written])
            return bool(cursor.fetchone()[0])
    except OperationalError:
        _leave_alone()
        return False


def _leave_alone() -> None:
    _Silent.until = time.monotonic() + AGAIN_AFTER
    connections[STANDBY].close()


@contextmanager
def _standby_is_enough() -> Iterator[None]:
    token = _is_enough.set(True)
    try:
        yield
    finally:
        _is_enough.reset(token)


def _read_on(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Keep reading a streamed response from the same database after the view has returned."""
    while True:
        with _standby_is_enough():
            part = next(parts, None)
        if part is None:
            return
        yield part
