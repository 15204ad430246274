from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthCodeAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm as DjangoSetPasswordForm
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from accounts.enums import ChangeKind
from accounts.models import Holder, User
from accounts.permissions import user_of
from accounts.queries import AlertPreference, correspondence_of, preferences_of
from accounts.rules import WantedChange
from cmp_portal.lib.fields import FilesField, FilesForm, LineField, TextField
from cmp_portal.lib.formatting import largest_document
from cmp_portal.lib.locales import ZONES

log = structlog.stdlib.get_logger(__name__)


class Plain:
    """Mixin that gives allauth's fields our own labels and no placeholders, and codes the digits of a phone."""

    fields: dict[str, forms.Field]
    labels = {"login": _("Email address"), "email": _("Email address"), "remember": _("Keep me logged in")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if field.widget.attrs.get("autocomplete") == "one-time-code":
                field.widget.attrs["inputmode"] = "numeric"


class LoginForm(Plain, AllauthLoginForm):
    """allauth's login form."""


class ResetPasswordForm(Plain, AllauthResetPasswordForm):
    """allauth's form to request a password reset."""


class SignupForm(Plain, AllauthSignupForm):
    """allauth's sign-up form; user and address are created in one transaction."""

    def try_save(self, request: HttpRequest) -> Any:
        """Create the account; concurrent duplicates create one, and both are told to check their email.

        A known address takes as long as a new one: the password is hashed in vain, against timing attacks.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            return None, get_adapter().respond_email_verification_sent(request, None)


class NewPassword(Plain):
    """Plain, with the labels of a form for a new password."""

    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password (again)"),
    }


class ChangePasswordForm(NewPassword, AllauthChangePasswordForm):
    """allauth's form to change the password."""


class SetPasswordForm(NewPassword, AllauthSetPasswordForm):
    """allauth's form for a first password."""


class FirstPasswordForm(DjangoSetPasswordForm):  # type: ignore[type-arg]
    """Django's form for a first password, with the labels of allauth's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        first.label, again.label = NewPassword.labels["password1"], NewPassword.labels["password2"]
        again.help_text = ""


class ResetPasswordKeyForm(NewPassword, AllauthResetPasswordKeyForm):
    """allauth's form behind the link in the email."""


class PasswordAgainForm(Plain, AllauthReauthenticateForm):
    """allauth's form to reauthenticate with the password."""


class AppForm(Plain, ActivateTOTPForm):
    """allauth's form to set up an authenticator app."""


class CodeAgainForm(Plain, AllauthCodeAgainForm):
    """allauth's form to reauthenticate with a code."""


class CodeForm(Plain, AuthenticateForm):
    """allauth's second step by code; a wrong code is logged with the user's ID only."""

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())
        except forms.ValidationError:
            log.warning("login_refused", user=self.user.pk, factor="code")
            raise


class PreferencesForm(forms.Form):
    """Email preferences: when each kind of alert is emailed, language and time zone."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        help_text=_(
            "Used for the times shown here and in emails. Deadlines follow the Board's time zone, wherever you are."
        ),
        required=False,
    )

    def __init__(self, user: User, *args: Any) -> None:
        super().__init__(*args)
        kept = correspondence_of(user.holder)  # type: ignore[arg-type]
        self.groups = preferences_of(user)
        for preference in self._open:
            self.fields[preference.kind.value] = _channel_field(preference)
        languages, zones = self.fields["language"], self.fields["time_zone"]
        languages.choices, languages.initial = _languages(), kept.language  # type: ignore[attr-defined]
        zones.choices, zones.initial = _zones(kept.time_zone), kept.time_zone  # type: ignore[attr-defined]

    @property
    def _open(self) -> list[AlertPreference]:
        """The preferences that offer a choice."""
        return [one for group in self.groups for one in group.preferences if len(one.channels) > 1]

    @property
    def has_languages(self) -> bool:
        return len(settings.LANGUAGES) > 1

    @property
    def rows(self) -> list[tuple[str, list[tuple[AlertPreference, forms.BoundField | None]]]]:
        """The groups of the page, each preference with its field if it offers a choice."""
        return [
            (group.title, [(one, self[one.kind.value] if len(one.channels) > 1 else None) for one in group.preferences])
            for group in self.groups
        ]

    @property
    def preferences(self) -> dict[str, Any]:
        """The arguments of the action."""
        channels = {one.kind.value: self.cleaned_data[one.kind.value] for one in self._open}
        return {"channels": channels, **{name: self.cleaned_data[name] for name in ("language", "time_zone")}}


def _channel_field(preference: AlertPreference) -> forms.ChoiceField:
    choices = [(channel.value, channel.label) for channel in preference.channels]
    return forms.ChoiceField(
        label=preference.kind.label, choices=choices, initial=preference.channel.value, help_text=preference.why
    )


def _languages() -> list[tuple[str, Any]]:
    return [("", _("Your browser's language")), *settings.LANGUAGES]


def _zones(kept: str) -> list[tuple[str, Any]]:
    known = [("", _("The Board's time zone (%(zone)s)") % {"zone": settings.BOARD_TIME_ZONE}), *ZONES.items()]
    return known if kept in {"", *ZONES} else [*known, (kept, kept)]


class AddEmailForm(Plain, AllauthAddEmailForm):
    """allauth's form to add an address; always notifies the current one, whether or not the new is taken."""

    def save(self, request: HttpRequest) -> Any:
        added = super().save(request)
        context = {"added_email": self.cleaned_data["email"]}
        get_adapter().send_notification_mail("account/email/email_added", user_of(request), context)
        return added


class ChangeForm(FilesForm):
    """A request to change the record."""

    kind: ChangeKind
    words = TextField(
        label=_("Anything the Board should know"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, holder: Holder, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holder = holder

    def wanted(self) -> WantedChange:
        names = WantedChange.__dataclass_fields__.keys() & self.cleaned_data.keys()
        return WantedChange(kind=self.kind, **{name: self.cleaned_data[name] for name in names})

    @property
    def uploads(self) -> list[Any]:
        return list(self.cleaned_data.get("files", []))


class NameForm(ChangeForm):
    """A new name, with documents that prove it."""

    kind = ChangeKind.NAME
    first_name = LineField(
        label=_("First name"), max_length=100, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = LineField(
        label=_("Last name"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    files = FilesField(  # type: ignore[assignment]
        label=_("Documents"),
        error_messages={"required": _("Add a document that shows the new name.")},
        help_text=format_lazy(
            _(
                "Documents that show the new name: a passport, a driver's license, a marriage certificate or a court"
                " order. PDF, PNG or JPEG, up to {size} each."
            ),
            size=largest_document,
        ),
    )
    field_order = ["first_name", "last_name", "files", "words"]

    def __init__(self, holder: Holder, *args: Any, **kwargs: Any) -> None:
        initial = {"first_name": holder.first_name, "last_name": holder.last_name}
        super().__init__(holder, *args, initial=initial, **kwargs)


class AddressForm(ChangeForm):
    """A new address on file."""

    kind = ChangeKind.ADDRESS
    email = forms.EmailField(
        label=_("New email address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages=dict.fromkeys(("required", "invalid"), _("Enter an address such as name@example.org.")),
        help_text=_(
            "It is best to use one you have confirmed under “Email addresses”, so the Board can see that it is yours."
        ),
    )
    field_order = ["email", "words"]


CHANGE_FORMS: dict[str, type[ChangeForm]] = {form.kind: form for form in (NameForm, AddressForm)}


class PasskeyField(forms.JSONField):
    """JSON response of an authenticator; malformed input is rejected here, before the libraries raise on it."""

    def __init__(self, answer: type[RegistrationResponse] | type[AuthenticationResponse]) -> None:
        self.answer = answer
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        try:
            said = super().to_python(value)
            self.answer.from_dict(said)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return said

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Never redisplay: the field is hidden, and a response is valid only once."""
        return initial


class AddPasskeyForm(AddWebAuthnForm):
    """allauth's form to add a security key, worded for passkeys."""

    credential = PasskeyField(RegistrationResponse)
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=100,
        help_text=_("A name you will recognize, such as “My phone” or “Blue key”."),
    )
    passwordless = forms.BooleanField(
        label=_("Log in with this passkey alone, without my password"),
        required=False,
        initial=True,
        help_text=_("Clear this box to use the passkey as the second step, after the password."),
    )


class PasskeyLoginForm(LoginWebAuthnForm):
    """allauth's form to log in with a passkey alone."""

    credential = PasskeyField(AuthenticationResponse)


class PasskeyStepForm(AuthenticateWebAuthnForm):
    """allauth's form for a passkey as the second step."""

    credential = PasskeyField(AuthenticationResponse)


class PasskeyAgainForm(ReauthenticateWebAuthnForm):
    """allauth's form to reauthenticate with a passkey."""

    credential = PasskeyField(AuthenticationResponse)
