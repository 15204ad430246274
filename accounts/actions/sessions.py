"""Being logged in, in several browsers at once."""

from typing import Any

import structlog
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest

log = structlog.stdlib.get_logger(__name__)


@transaction.atomic
def end_session(*, session: UserSession) -> None:
    """Logs a browser out; its next page asks for the password. Ending it twice changes nothing."""
    for found in UserSession.objects.select_for_update().filter(pk=session.pk):
        found.end()


def renew_session(*, request: HttpRequest, method: str, reauthenticated: bool = False, **_about: Any) -> None:
    """A new key for whoever has said again who they are: the old one, wherever it may lie by now, opens nothing."""
    if not reauthenticated:
        return
    with transaction.atomic():
        old = request.session.session_key
        request.session.cycle_key()
        UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
    log.info("said_again", user=request.user.pk, factor=method)
