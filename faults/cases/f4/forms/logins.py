"""Forms about an account: password, email addresses, sessions and closing it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import reverse

from accounts.models import Letter, User
from faults.cases.f4.forms.form import Form
from faults.cases.f4.twins import holder_sums
from faults.web import filled
from tests import factories

NEW = "four-quiet-lamps-at-noon"


def a_login(password: str = factories.PASSWORD) -> User:
    """An account whose password is hashed as on the server, whatever hasher this process uses; empty for none."""
    user: User = factories.HolderUserFactory()
    hashed = Argon2PasswordHasher().encode(password, "salt" * 4) if password else "!"
    User.objects.filter(pk=user.pk).update(password=hashed)
    return User.objects.get(pk=user.pk)


def state_of(user: User) -> Callable[[], object]:
    """A function that reads an account's whole state, including the alerts to its holder."""
    logins, addresses = User.objects.filter(pk=user.pk), EmailAddress.objects.filter(user_id=user.pk).order_by("id")
    sessions, steps = (
        UserSession.objects.filter(user_id=user.pk),
        Authenticator.objects.filter(user_id=user.pk).order_by("id"),
    )

    def told() -> object:
        return (
            [has_password(one, NEW) for one in logins.all()],
            list(addresses.values_list("verified", "primary")),
            [
                (one.type, one.last_used_at is None, one.data.get("name"), one.data.get("used_mask"))
                for one in steps.all()
            ],
            sessions.count(),
            holder_sums(user.holder_id) if user.holder_id else None,
        )

    return told


def has_password(user: User, password: str) -> bool:
    return user.password.startswith("argon2$") and Argon2PasswordHasher().verify(password, user.password)


def of_login(name: str, user: User, /, *args: object, session: dict[str, Any] | None = None, **data: object) -> Form:
    """A form about the account of the signed-in user."""
    return Form(reverse(name, args=args), filled(**data), user, state_of(user), session or {})


def log_in() -> Form:
    user = a_login()
    form = filled(login=user.email, password=factories.PASSWORD)
    return Form(reverse("account_login"), form, None, state_of(user))


def log_out() -> Form:
    return of_login("account_logout", factories.HolderUserFactory())


def sign_up() -> Form:
    email, password = f"new-{uuid4()}@example.org", factories.PASSWORD
    people, addresses = User.objects.filter(email=email), EmailAddress.objects.filter(email=email)
    form = filled(email=email, password1=password, password2=password)
    return Form(reverse("account_signup"), form, None, lambda: (people.count(), addresses.count()))


def stay() -> Form:
    """Keep an account that is scheduled to be closed."""
    return of_login("lasting", factories.HolderUserFactory())


# --- Passwords --------------------------------------------------------------------------------------------------------


def confirm_again() -> Form:
    return of_login("account_reauthenticate", a_login(), password=factories.PASSWORD)


def change_password() -> Form:
    said = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    return of_login("account_change_password", a_login(), **said)


def set_password() -> Form:
    return of_login("account_set_password", a_login(password=""), password1=NEW, password2=NEW)


def ask_for_password() -> Form:
    user = a_login()
    return Form(reverse("account_reset_password"), filled(email=user.email), None, state_of(user))


def reset_password() -> Form:
    """Reset a password through the emailed link, which redirects to a URL without the key."""
    user = a_login()
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), "set-password"])
    session = {"_password_reset_key": default_token_generator.make_token(user)}
    return Form(path, filled(password1=NEW, password2=NEW), None, state_of(user), session)


# --- Email addresses --------------------------------------------------------------------------------------------------


def address(action: str, *, verified: bool) -> Callable[[], Form]:
    """A form about a second email address of an account: add it, make it primary, resend its mail, remove it."""

    def make() -> Form:
        user = factories.HolderUserFactory()
        email = f"second-{uuid4()}@example.org"
        if action != "add":
            EmailAddress.objects.create(user=user, email=email, verified=verified)
        form = filled(email=email, **{f"action_{action}": ""})
        return Form(reverse("account_email"), form, user, state_of(user))

    return make


def confirm_address() -> Form:
    """Confirm an email address through the emailed link, right after signing up."""
    user = factories.HolderUserFactory(confirmed=False)
    made = EmailAddress.objects.create(user=user, email=user.email, primary=True)
    path = reverse("account_confirm_email", args=[EmailConfirmationHMAC(made).key])
    return Form(path, filled(), None, state_of(user))


# --- Sessions, and closing the account --------------------------------------------------------------------------------


def elsewhere(user: User) -> UserSession:
    made: UserSession = UserSession.objects.create(user=user, ip="192.0.2.1", session_key=uuid4().hex, user_agent="")
    return made


def end_session() -> Form:
    user = factories.HolderUserFactory()
    session = elsewhere(user)
    left = UserSession.objects.filter(pk=session.pk)
    return Form(reverse("accounts:end_session", args=[session.pk]), filled(), user, left.count)


def end_sessions() -> Form:
    user = factories.HolderUserFactory()
    ended = [elsewhere(user).pk for _browser in range(3)]
    left = UserSession.objects.filter(pk__in=ended)
    return Form(reverse("usersessions_list"), filled(), user, left.count)


def close() -> Form:
    user = a_login()
    logins, letters = User.objects.filter(pk=user.pk), Letter.objects.filter(email=user.email)
    rest = state_of(user)
    return Form(reverse("close"), filled(), user, lambda: (logins.count(), letters.count(), rest()))


FORMS = {
    "log in": log_in,
    "log out": log_out,
    "sign up": sign_up,
    "stay logged in": stay,
    "reauthenticate": confirm_again,
    "change a password": change_password,
    "set a password": set_password,
    "request a new password": ask_for_password,
    "reset a password": reset_password,
    "add an address": address("add", verified=False),
    "make an address primary": address("primary", verified=True),
    "resend the email to an address": address("send", verified=False),
    "remove an address": address("remove", verified=False),
    "confirm an address": confirm_address,
    "end a session": end_session,
    "end all other sessions": end_sessions,
    "close the account": close,
}
# They only change a session or send mail.
NO_EFFECT = {"log out", "stay logged in", "reauthenticate", "request a new password", "resend the email to an address"}
