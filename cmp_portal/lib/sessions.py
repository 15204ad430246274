"""How long a login lasts: so long unused, and so long in all."""

from collections.abc import Callable
from datetime import datetime
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
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from cmp_portal.lib import clock
from cmp_portal.lib.prepared import prepared

Response = Callable[[HttpRequest], HttpResponseBase]
BEGUN, USED = "login_begun", "login_used"


class SessionStore(DatabaseStore):
    """Django's own; but every page begins with its question, which hence is a prepared one."""

    def load(self) -> dict[str, Any]:
        if found := _living(self.session_key, clock.now()):
            return dict(self.decode(found[0][0]))
        self._session_key = None
        return {}


@prepared
def _living(key: str, at: datetime) -> QuerySet[Any, tuple[str]]:
    living = apps.get_model("sessions.Session").objects.filter(session_key=key, expire_date__gt=at)
    return living.values_list("session_data")


class SessionLimitsMiddleware:
    """Ends what was left alone too long, or lasts too long; the next page asks to log in again."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            now = int(clock.now().timestamp())
            if is_over(request.session, now):
                logout(request)
                messages.info(request, _("You were logged out, since some time has passed. Please log in again."))
            elif now - request.session.get(USED, 0) > settings.SESSION_IDLE_SECONDS / 20:
                _note(request.session, now)
        return self.get_response(request)


def begin(*, request: HttpRequest, **_about: object) -> None:
    """Notes the moment of a login, in the write that the login is anyway."""
    request.session[BEGUN] = request.session[USED] = int(clock.now().timestamp())


def is_over(session: SessionBase, now: int) -> bool:
    """Whether a limit has passed; moments in seconds."""
    unused, lasting = now - session.get(USED, now), now - session.get(BEGUN, now)
    return bool(unused > settings.SESSION_IDLE_SECONDS or lasting > session.get_expiry_age())


def _note(session: SessionBase, now: int) -> None:
    """Written rarely, so that a page seldom costs a write; and at once, since a logout may come in between."""
    session.setdefault(BEGUN, now)
    session[USED] = now
    try:
        session.save()
        session.modified = False
    except UpdateError:
        session.flush()


class HostCookieStorage(CookieStorage):
    """What the next page is to say, in a cookie that no other host of the domain can set."""

    cookie_name = "__Host-messages"


class HostMessages(FallbackStorage):
    """Django's usual storage of messages, with that cookie."""

    storage_classes = (HostCookieStorage, SessionStorage)
