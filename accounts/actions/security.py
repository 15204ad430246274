"""Security events of an account, and alerts about them."""

from datetime import datetime
from typing import NamedTuple

import structlog
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.alerts import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of

log = structlog.stdlib.get_logger(__name__)


class Event(TextChoices):
    """Events that somebody else may have caused."""

    NEW_DEVICE = "new_device", gettext_lazy("Someone logged in on a new device")
    PASSWORD_CHANGED = "password_changed", gettext_lazy("Your password was changed")
    PASSWORD_RESET = "password_reset", gettext_lazy("Your password was reset")
    PASSWORD_SET = "password_set", gettext_lazy("A password was set")
    EMAIL_ADDED = "email_added", gettext_lazy("An email address was added to your account")
    EMAIL_CHANGED = "email_changed", gettext_lazy("The email address of your account was changed")
    EMAIL_DELETED = "email_deleted", gettext_lazy("An email address was removed from your account")
    TOTP_ACTIVATED = "totp_activated", gettext_lazy("Two-step login with an app was turned on")
    TOTP_DEACTIVATED = "totp_deactivated", gettext_lazy("Two-step login with an app was turned off")
    WEBAUTHN_ADDED = "webauthn_added", gettext_lazy("A passkey was added")
    WEBAUTHN_REMOVED = "webauthn_removed", gettext_lazy("A passkey was removed")
    CODES_GENERATED = "recovery_codes_generated", gettext_lazy("New recovery codes were created")


# Where the holder can check whether it was them.
PAGES = {
    Event.NEW_DEVICE: "usersessions_list",
    Event.EMAIL_ADDED: "account_email",
    Event.EMAIL_CHANGED: "account_email",
    Event.EMAIL_DELETED: "account_email",
    Event.PASSWORD_CHANGED: "usersessions_list",
    Event.PASSWORD_RESET: "usersessions_list",
    Event.PASSWORD_SET: "usersessions_list",
}


class Notice(NamedTuple):
    """What is said of an event, in the current language."""

    title: str
    advice: str
    link: str


def notice_of(event: Event) -> Notice:
    advice = _(
        "If this was you, you do not need to do anything. If not, change your password now and write to the Board."
    )
    return Notice(str(event.label), advice, reverse(PAGES.get(event, "mfa_index")))


def tell_of(event: Event, *, user: User, at: datetime) -> None:
    """Alert the holder to a security event; at most once per minute, as a repeat is the same form submitted again."""
    if user.holder_id is None:
        return
    with in_language_of(user.holder_id):
        notice = notice_of(event)
        tell(
            holder_id=user.holder_id,
            kind=AlertKind.SECURITY,
            key=f"{event}:{user.pk}:{at:%Y%m%d%H%M}",
            title=notice.title,
            body=notice.advice,
            link=notice.link,
            at=at,
        )


# Events for removed second factors; recovery codes go with the factor that they back up.
GONE = {
    Authenticator.Type.TOTP: Event.TOTP_DEACTIVATED,
    Authenticator.Type.WEBAUTHN: Event.WEBAUTHN_REMOVED,
}


@transaction.atomic
def forget_second_steps(*, user: User, at: datetime) -> int:
    """Remove all second factors of a user who has lost them; return how many there were.

    All their sessions end. A password that is too short without a second factor becomes unusable: they reset it by
    email. The caller must have verified the user's identity as thoroughly as when the account was made.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    steps = Authenticator.objects.select_for_update().filter(user=user)
    kinds = [step.type for step in steps]
    steps.delete()
    if kinds and not user.has_long_password:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    for session in UserSession.objects.filter(user=user) if kinds else ():
        session.end()
    for kind in sorted(set(kinds) & set(GONE)):
        tell_of(GONE[Authenticator.Type(kind)], user=user, at=at)
    if kinds:
        log.warning("second_steps_forgotten", user=user.pk)
    return len(kinds)
