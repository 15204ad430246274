"""Every page and email of allauth that can be reached is in our own words, in each language."""

import re
from html import unescape
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils.translation import override

from accounts.actions import Event
from accounts.adapters import AccountAdapter
from accounts.models import Alert
from tests.factories import PASSWORD, HolderUserFactory, UserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db
THEIRS = Path(allauth.__file__).parent / "templates"
OURS = settings.BASE_DIR / "templates"
PHRASE = "nine tubes of citrate, spun twice"

# Templates of allauth that need no words of ours, with the reason.
UNREACHED = {
    "login by code is off": ("account/*login_code*", "account/email/login_code*"),
    "verification and reset are by link": (
        "account/*_code.html",
        "account/email/*reset_code*",
        "account/base_confirm*",
    ),
    "there are no phone numbers": ("account/*phone*", "account/messages/*phone*"),
    "an address is added, not exchanged": ("account/email_change.html",),
    "registration is open, with a password": ("account/signup_closed.html", "*/signup_by_passkey.html"),
    "no key signs up": ("mfa/webauthn/signup_form.html",),
    "no browser is trusted": ("mfa/trust.html",),
    "no view asks for it": ("account/verified_email_required.html", "account/email/email_confirm_*"),
    "only templates that we replace include it": ("account/snippets/*", "account/email/base_notification.txt"),
    "the adapter sends our own email for every event": (
        *("account/email/email_changed*", "account/email/email_deleted*", "account/email/password_changed*"),
        *("account/email/password_reset_message*", "account/email/password_reset_subject*"),
        *("account/email/password_set*", "mfa/email/*"),
    ),
    "it has no words, or only includes ours": (
        *("*/base*.html", "account/base_*.html", "mfa/recovery_codes/download.txt", "mfa/webauthn/snippets/login*"),
        "account/email/email_confirmation_signup*",
    ),
}


def theirs():
    folders = ("account", "mfa", "usersessions")
    found = [path for folder in folders for path in (THEIRS / folder).rglob("*") if path.is_file()]
    return sorted(path.relative_to(THEIRS) for path in found)


def test_every_template_is_ours_or_has_a_reason():
    excused = [pattern for patterns in UNREACHED.values() for pattern in patterns]
    missing = [one for one in theirs() if not (OURS / one).exists() and not any(map(one.match, excused))]

    assert missing == []


def test_every_notification_is_an_event():
    source = " ".join(
        path.read_text()
        for folder in ("account", "mfa")
        for path in (THEIRS.parent / folder).rglob("*.py")
        if "tests" not in path.parts
    )
    sent = re.findall(r'send_notification_mail\(\s*"[a-z/]*/([a-z_]+)"', source)

    assert set(sent) - set(Event.values) == set()
    assert len(sent) > 8


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "labels"),
    [
        ("en", "Change your password", ["Current password", "New password", "New password (again)"]),
        ("es", "Cambie su contraseña", ["Contraseña actual", "Contraseña nueva", "Contraseña nueva (otra vez)"]),
    ],
)
def test_the_password_is_changed_in_our_words(client, language, title, labels):
    client.force_login(UserFactory())

    page = client.get(reverse("account_change_password"), headers={"Accept-Language": language}).text

    assert re.findall(r"<h1>(.*?)</h1>", page) == [title]
    assert [label.strip() for label in re.findall(r"<label[^>]*>(.*?)</label>", page, re.DOTALL)] == labels
    assert "placeholder=" not in page


def test_a_first_password_is_set_in_our_words(client):
    user = UserFactory()
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    page = client.get(reverse("account_set_password")).text

    assert "<h1>Set a password</h1>" in page
    assert "Your account has no password yet." in page
    assert "placeholder=" not in page


def test_ways_to_confirm_who_it_is_have_their_usual_names(client):
    user = UserFactory(password=PASSWORD)
    for kind in Authenticator.Type:
        Authenticator.objects.create(user=user, type=kind, data={"name": "Key", "credential": {}})
    client.force_login(user)

    page = client.get(reverse("account_reauthenticate")).text

    assert "Use an authenticator app or a recovery code" in page
    assert "Use a passkey" in page


# --- Emails -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(client):
    """All emails that allauth sends of its own: to a new, a known and an unknown address."""
    known = UserFactory(email="known@example.org")

    def ask(language):
        spoken = {"headers": {"Accept-Language": language}}
        for email in ("new@example.org", known.email):
            client.post(reverse("account_signup"), {"email": email, "password1": PHRASE, "password2": PHRASE}, **spoken)
        for email in ("nobody@example.org", known.email):
            client.post(reverse("account_reset_password"), {"email": email}, **spoken)
        return mail.outbox

    return ask


@pytest.mark.parametrize(
    ("language", "subjects"),
    [
        (
            "en",
            [
                "Confirm your email address",
                "You already have an account",
                "There is no account with this address",
                "Set a password",
            ],
        ),
        (
            "es",
            [
                "Confirme su correo electrónico",
                "Ya tiene una cuenta de acceso",
                "No hay ninguna cuenta de acceso con esta dirección",
                "Establecer una contraseña",
            ],
        ),
    ],
)
def test_what_is_mailed_to_visitors_looks_like_our_other_mail(asked, language, subjects):
    sent = asked(language)

    assert [message.subject for message in sent] == [f"Board of Certification: {subject}" for subject in subjects]
    assert [looks_like_ours(message) for message in sent] == [True] * 4


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("event", Event)
def test_every_event_is_mailed_to_those_whom_no_alert_reaches(rf, event, language):
    request = rf.get("/")
    details = {"added_email": "b@example.org", "from_email": "a@example.org", "to_email": "b@example.org"}
    with request_context(request), override(language):
        AccountAdapter(request).send_notification_mail(f"account/email/{event}", UserFactory(), details)
        title = str(event.label)

    (message,) = mail.outbox
    assert message.subject == f"Board of Certification: {title}"
    assert message.body.startswith(f"{title}\n")
    assert looks_like_ours(message)


def looks_like_ours(message):
    """The same links in the text and on our sheet, signed by the Board, and nothing of allauth's frame."""
    ((html, _type),) = message.alternatives
    links = re.findall(r"https?://\S+", message.body)
    is_signed = message.body.endswith("\n\nBoard of Certification") and 'class="sheet"' in html
    frame = re.search("Thank you for using|Hello from|Gracias por usar|Hola desde", message.body)
    return is_signed and links == re.findall(r'href="(.*?)"', unescape(html)) and frame is None


def test_the_title_of_a_sheet_stands_on_one_line(asked):
    titles = [re.findall(r"<title>(.*?)</title>", message.alternatives[0][0], re.DOTALL) for message in asked("en")]

    assert titles == [[message.subject] for message in mail.outbox]


def test_a_long_address_stays_on_the_sheet(asked):
    assert "overflow-wrap: anywhere" in asked("en")[0].alternatives[0][0]


def test_an_added_address_is_told_to_the_holder(client):
    """By an alert, which is emailed to the address on file."""
    user = HolderUserFactory(email="mara@example.org", holder__email="mara@example.org", password=PASSWORD)
    client.force_login(user)
    say_again(client)

    client.post(reverse("account_email"), {"action_add": "", "email": "second@example.org"})

    assert EmailAddress.objects.filter(email="second@example.org").exists()
    assert Alert.objects.get(holder=user.holder).title == "An email address was added to your account"
