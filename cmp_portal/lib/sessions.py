"""Session lifetime: an idle timeout and an absolute one."""

import marshal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cmp_portal.lib import addresses, clock, pending_forms
from cmp_portal.lib.prepared_statements import prepared

GetResponse = Callable[[HttpRequest], HttpResponseBase]
BEGUN, USED = "login_begun", "login_used"


class SessionStore(DatabaseStore):
    """Django's session store, but with a prepared statement for the query that begins every page."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Whether there may be such a session; PostgreSQL takes no text with NUL, which a quoted cookie may hold."""
        return key is not None and "\0" not in key and bool(super()._validate_session_key(key))  # type: ignore[misc] # of Django

    def load(self) -> dict[str, Any]:
        found = _living(self.session_key, clock.now())
        return self.read(found[0][0] if found else None)

    def read(self, data: str | None) -> dict[str, Any]:
        """Decode the session from its row's data; None for no live session."""
        if data is None:
            self._session_key = None
        self._session_cache: dict[str, Any] = {} if data is None else dict(self.decode(data))
        return self._session_cache

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Decode with a cache, since a browser usually sends the same session again: its signature is verified once."""
        try:
            serialized = _verified(session_data, self.serializer, self.key_salt, settings.SECRET_KEY)
            return dict(marshal.loads(serialized))  # noqa: S302 (verified, and serialized by us)
        except Exception:
            return dict(super().decode(session_data))  # logs the invalid signature


@lru_cache(maxsize=1024)
def _verified(session_data: Any, serializer: Any, salt: str, _key: str) -> bytes:
    """What was signed, as bytes from which a copy is made faster than from JSON; raises if the signature is invalid."""
    return marshal.dumps(signing.TimestampSigner(salt=salt).unsign_object(session_data, serializer=serializer))


@prepared
def _living(key: str, at: datetime) -> QuerySet[Any, tuple[str]]:
    living = apps.get_model("sessions.Session").objects.filter(session_key=key, expire_date__gt=at)
    return living.values_list("session_data")


class SessionLimitsMiddleware:
    """Ends sessions that were idle too long or have lasted too long; the next page asks to log in again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            now = int(clock.now().timestamp())
            if is_over(request.session, now):
                _end(request)
            elif not _only_asks(request):
                use(request.session, now)
        return self.get_response(request)


def _end(request: HttpRequest) -> None:
    user = request.session[SESSION_KEY]
    logout(request)
    request.session[pending_forms.WHOSE] = user
    messages.info(request, _("You were logged out because too much time had passed. Please log in again."))


def begin(*, request: HttpRequest, **_about: object) -> None:
    """Record the time of login, as part of the write that a login makes anyway."""
    request.session.pop(pending_forms.WHOSE, None)
    request.session[BEGUN] = request.session[USED] = int(clock.now().timestamp())


def mark_ended(*, request: HttpRequest | None, **_about: object) -> None:
    """Have the response tell the browser to clear its cache (`cmp_portal.lib.headers`)."""
    if request is not None:
        request.login_ended = True  # type: ignore[attr-defined]


def is_over(session: SessionBase, now: int) -> bool:
    """Whether a limit has passed at `now`, in seconds since the epoch."""
    return left(session, now).seconds < 0


@dataclass(frozen=True)
class Left:
    """Seconds left in a session, and whether activity would extend them."""

    seconds: int
    longer: bool


def left(session: SessionBase, now: int) -> Left:
    """The time left until the earlier of the two limits."""
    unused = session.get(USED, now) + settings.SESSION_IDLE_SECONDS - now
    whole = session.get(BEGUN, now) + session.get_expiry_age() - now
    return Left(seconds=min(unused, whole), longer=unused < whole)


def lead() -> int:
    """Seconds before expiry at which to warn: a twelfth of the idle timeout, but at least two minutes.

    Never more than half of it.
    """
    idle = settings.SESSION_IDLE_SECONDS
    return min(max(120, idle // 12), idle // 2)


def _only_asks(request: HttpRequest) -> bool:
    """Asking how long the session lasts does not count as activity."""
    return request.method == "GET" and request.path_info == addresses.page("lasting")


def use(session: SessionBase, now: int) -> None:
    """Record activity, but only once in a while, so that most pages need no write."""
    if now - session.get(USED, 0) > settings.SESSION_IDLE_SECONDS / 20:
        note(session, now)


def note(session: SessionBase, now: int) -> None:
    """Record activity; saved immediately, since a concurrent logout may end the session."""
    session.setdefault(BEGUN, now)
    session[USED] = now
    try:
        session.save()
        session.modified = False
    except UpdateError:
        session.flush()


def has_messages(request: HttpRequest) -> bool:
    """Whether messages are waiting; the cookie also exists when some overflowed into the session."""
    return _cookie_of_messages(settings.MESSAGE_STORAGE) in request.COOKIES


@cache
def _cookie_of_messages(storage: str) -> str:
    name: str = import_string(storage).storage_classes[0].cookie_name
    return name


class HostCookieStorage(CookieStorage):
    """Messages in a cookie that no other host of the domain can set."""

    cookie_name = "__Host-messages"


class HostMessages(FallbackStorage):
    """Django's default message storage, with that cookie."""

    storage_classes = (HostCookieStorage, SessionStorage)
