from datetime import timedelta
from pathlib import Path
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language_from_request, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import refusals, rules
from accounts.actions import Event, claim_by_address, invite_by_address, note_browser_language, notice_of, tell_of
from accounts.models import StaffIdentity, User
from cmp_portal.lib import breached_passwords, clock
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.mail import MailAway, MailRefused
from cmp_portal.lib.mail_refusals import REFUSALS, is_permanent
from cmp_portal.lib.prepared_statements import prepared

# How long a browser is recognized: browsers keep cookies no longer than this.
KNOWN_FOR = timedelta(days=400)
KNOWN_USERS = 10

UNKNOWN = "account/email/unknown_account"
WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use an authenticator app or a recovery code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}
log = structlog.stdlib.get_logger(__name__)


@prepared
def _active_user(key: int) -> QuerySet[User]:
    return User.objects.select_related("holder__correspondence").filter(pk=key, is_active=True)


class AuthenticationBackend(AllauthBackend):
    """allauth's authentication; loads the user together with their record."""

    def get_user(self, user_id: Any) -> User | None:
        return next(iter(_active_user(user_id)), None)


class AccountAdapter(DefaultAccountAdapter):
    """allauth with email addresses as the only login names; verifying the address on file links the record."""

    error_messages = DefaultAccountAdapter.error_messages | refusals.OF_A_LOGIN

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """No-op: there are no usernames."""

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Require staff with single sign-on to use it: otherwise their roles would not be refreshed."""
        is_elsewhere = StaffIdentity.objects.filter(user=user, issuer=settings.OIDC_ISSUER or None).exists()
        if is_elsewhere and not (kwargs["signal_kwargs"] or {}).get("is_by_provider"):
            messages.error(request, _("Please log in with %(name)s.") % {"name": settings.OIDC_NAME})
            return redirect("account_login")
        return super().pre_login(request, user, **kwargs)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> Any:
        """Confirm an address, unless another account has; if both do so concurrently, one gets an error message."""
        try:
            with transaction.atomic():
                confirmed = super().confirm_email(request, email_address)
        except IntegrityError:
            said = {"email": email_address.email}
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", said)
            return False
        if confirmed:
            claim_by_address(user=email_address.user, email=email_address.email)
        return confirmed

    def login(self, request: HttpRequest, user: Any) -> None:
        """Store the user's language, and whether they logged in before (over a minute ago, as forms get resent)."""
        just_now = clock.now() - timedelta(minutes=1)
        request.was_here_before = user.last_login is not None and user.last_login < just_now  # type: ignore[attr-defined]
        super().login(request, user)
        note_browser_language(user=user, language=get_language_from_request(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log the failure without personal data."""
        log.warning("login_refused", factor="password")

    def post_login(self, request: HttpRequest, user: Any, **about: Any) -> HttpResponse:
        """Log the factors used, and alert the holder to a login from an unknown browser."""
        log.info("login", user=user.pk, factors=[one["method"] for one in get_authentication_records(request, user)])
        response: HttpResponse = super().post_login(request, user, **about)
        known, token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "").split("."), device_token(user)
        if token not in known and request.was_here_before:  # type: ignore[attr-defined]
            tell_of(Event.NEW_DEVICE, user=user, at=clock.now())
        others = [one for one in known if one not in {token, ""}]
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            ".".join([token, *others][:KNOWN_USERS]),
            max_age=KNOWN_FOR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Alert the holder; also email the account if its address is not the one on file."""
        event, at = Event(template_prefix.rpartition("/")[2]), clock.now()
        tell_of(event, user=user, at=at)
        if user.holder is None or (email or user.email).lower() != user.holder.email.lower():
            notice = notice_of(event)
            words = {
                "title": notice.title,
                "advice": notice.advice,
                "url": settings.SITE_URL + notice.link,
                "when": longmoment(at),
            }
            try:
                super().send_notification_mail("account/email/event", user, words | (context or {}), email)
            except MailAway:
                log.warning("a notice could not be mailed", user=user.pk, notice=event)  # already done

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's ways to confirm that it is you, in the words of the other pages."""
        return [way | {"description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an invitation instead if a new password is requested for an address on file without an account."""
        if template_prefix == UNKNOWN and invite_by_address(email=email, at=clock.now()):
            return
        try:
            super().send_mail(template_prefix, email, {"board_name": settings.BOARD_NAME} | context)
        except (SMTPException, OSError) as problem:
            # The next attempt is not to be skipped as a repetition of this one.
            ratelimit.clear(self.request, app="allauth.account", action="confirm_email", key=email.lower())
            is_refused = isinstance(problem, REFUSALS) and is_permanent(problem)
            raise (MailRefused if is_refused else MailAway) from problem


def device_token(user: User) -> str:
    """The token by which a browser recognizes a user; it names nobody and grants nothing."""
    return Signer(salt="accounts.device").signature(str(user.pk))


class MFAAdapter(DefaultMFAAdapter):
    """allauth's second factors; the last one can't be removed while the password is too short without it."""

    error_messages = DefaultMFAAdapter.error_messages | refusals.OF_A_STEP

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        has_another = others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        return bool(has_another or authenticator.user.has_long_password)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """A default name for a passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


# --- Passwords --------------------------------------------------------------------------------------------------------


class LengthValidator:
    """At least 15 characters, or 8 for users with a second factor."""

    def validate(self, password: str, user: User | None = None) -> None:
        has_second_factor = user is not None and user.pk is not None and is_mfa_enabled(user)
        least = rules.least_length(has_second_factor=has_second_factor)
        if len(password) < least:
            words = ngettext("Use at least %(least)s character.", "Use at least %(least)s characters.", least)
            raise ValidationError(words % {"least": least}, code="password_too_short")

    def get_help_text(self) -> str:
        words = _(
            "At least %(long)d characters: a short sentence is easy to remember. With two-step login, %(short)d are"
            " enough."
        )
        return words % {"long": rules.LONG, "short": rules.LONG_WITH_SECOND_FACTOR}


class BlocklistValidator(CommonPasswordValidator):
    """Reject passwords that are common or known to be breached.

    That includes repetitions of common passwords, ones with digits around them, and the names of this site; and the
    Board's list of breached passwords, if there is one.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        names = {rules.core_of(name) for name in (settings.BOARD_NAME, settings.PROVIDER_CREDITS_NAME, "CMP Portal")}
        if {password.lower().strip(), rules.core_of(password)} & (self.passwords | names):
            raise ValidationError(_("This password is easy to guess. Choose another one."), code="password_common")
        if settings.BREACHED_PASSWORDS and breached_passwords.is_in(Path(settings.BREACHED_PASSWORDS), password):
            words = _("This password was once stolen from another site. Choose another one.")
            raise ValidationError(words, code="password_breached")

    def get_help_text(self) -> str:
        return _("Do not use a common password or the name of this site.")
