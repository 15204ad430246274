"""Being logged in, in several browsers at once."""

from allauth.usersessions.models import UserSession
from django.db import transaction


@transaction.atomic
def end_session(*, session: UserSession) -> None:
    """Logs a browser out; its next page asks for the password. Ending it twice changes nothing."""
    for found in UserSession.objects.select_for_update().filter(pk=session.pk):
        found.end()
