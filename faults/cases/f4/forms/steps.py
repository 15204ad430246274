"""Forms for two-factor authentication: authenticator app, recovery codes, passkeys."""

import json
import time
from collections.abc import Callable

from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse

from accounts.models import User
from faults.cases.f4.forms.form import Form
from faults.cases.f4.forms.logins import of_login, state_of
from faults.cases.f4.forms.passkeys import CHALLENGED, Passkey
from faults.web import filled
from tests import factories

PERIOD, LEFT = 30, 15  # seconds: validity of a TOTP code, and the minimum left before one is used


def code_of(secret: str) -> str:
    """The current TOTP code; waits for the next one if little time is left."""
    if (left := PERIOD - time.time() % PERIOD) < LEFT:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def with_app() -> User:
    """A user with an authenticator app and recovery codes."""
    user: User = factories.HolderUserFactory()
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


def recovery_code(user: User) -> str:
    return RecoveryCodes.activate(user).get_unused_codes()[0]


def set_up_app() -> Form:
    user, secret = factories.HolderUserFactory(), generate_totp_secret()
    session = {"mfa.totp.secret": secret}
    return of_login("mfa_activate_totp", user, session=session, code=code_of(secret))


def do_without_app() -> Form:
    user = with_app()
    return of_login("mfa_deactivate_totp", user)


def second_step() -> Form:
    """Pass the second factor with a recovery code, which can be used only once."""
    user, stage = with_app(), "mfa_authenticate"
    stages = {"current": stage, stage: {"data": {"authentication_required": True}}}
    login = Login(user=user, email=user.email, state={"stages": stages})
    form, session = filled(code=recovery_code(user)), {"account_login": login.serialize()}
    return Form(reverse("mfa_authenticate"), form, None, state_of(user), session)


def confirm_by_code() -> Form:
    user = with_app()
    return of_login("mfa_reauthenticate", user, code=recovery_code(user))


def new_codes() -> Form:
    user = with_app()
    old = RecoveryCodes.activate(user).instance.data["seed"]
    seeds = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    form = of_login("mfa_generate_recovery_codes", user)
    return Form(
        form.path,
        form.body,
        user,
        lambda: ([one.data["seed"] == old for one in seeds.all()], form.effect()),
        form.session,
    )


# --- Passkeys ---------------------------------------------------------------------------------------------------------


def add_passkey() -> Form:
    user = factories.HolderUserFactory()
    said = {"name": "Blue key", "credential": json.dumps(Passkey().registered())}
    return of_login("mfa_add_webauthn", user, session=CHALLENGED, **said)


def keep_passkey(name: str, /, **said: str) -> Callable[[], Form]:
    """Rename or remove a passkey."""

    def make() -> Form:
        user = factories.HolderUserFactory()
        passkey = Passkey().of(user)
        return Form(reverse(name, args=[passkey.pk]), filled(**said), user, state_of(user))

    return make


def log_in_by_passkey() -> Form:
    user, passkey = factories.HolderUserFactory(), Passkey()
    passkey.of(user)
    form = filled(credential=passkey.signed(user))
    return Form(reverse("mfa_login_webauthn"), form, None, state_of(user), CHALLENGED)


def confirm_by_passkey() -> Form:
    user, passkey = factories.HolderUserFactory(), Passkey()
    passkey.of(user)
    return of_login("mfa_reauthenticate_webauthn", user, session=CHALLENGED, credential=passkey.signed(user))


FORMS = {
    "set up an app": set_up_app,
    "remove the app": do_without_app,
    "pass the second step": second_step,
    "confirm with a code": confirm_by_code,
    "create new recovery codes": new_codes,
    "add a passkey": add_passkey,
    "rename a passkey": keep_passkey("mfa_edit_webauthn", name="Red key"),
    "remove a passkey": keep_passkey("mfa_remove_webauthn"),
    "log in with a passkey": log_in_by_passkey,
    "confirm with a passkey": confirm_by_passkey,
}
