from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from accounts.models import User


def sessions_visible_to(user: User) -> QuerySet[UserSession]:
    """Where this person is logged in, whoever they are."""
    return UserSession.objects.filter(user=user).order_by("created_at", "id")
