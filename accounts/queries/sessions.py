from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from accounts.models import User


def sessions_visible_to(user: User) -> QuerySet[UserSession]:
    """The user's own sessions."""
    return UserSession.objects.filter(user=user).order_by("created_at", "id")
