from accounts.models import Alert, AlertQuerySet, User


def alerts_visible_to(user: User) -> AlertQuerySet:
    """The holder's own alerts, newest first, dismissed ones too."""
    return Alert.objects.filter(holder_id=user.holder_key).order_by("-created_at", "-id")
