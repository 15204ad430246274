"""Sessions of an account in several browsers."""

from typing import Any

import structlog
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest

log = structlog.stdlib.get_logger(__name__)


@transaction.atomic
def end_session(*, session: UserSession) -> None:
    """Log a browser out; its next page asks for the password. Idempotent."""
    for found in UserSession.objects.select_for_update().filter(pk=session.pk):
        found.end()


def renew_session(*, request: HttpRequest, method: str, reauthenticated: bool = False, **_about: Any) -> None:
    """Cycle the session key after reauthentication, so that a leaked old key is useless."""
    if not reauthenticated:
        return
    with transaction.atomic():
        old = request.session.session_key
        request.session.cycle_key()
        UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
    log.info("said_again", user=request.user.pk, factor=method)
