"""Forms about people: alerts, preferences, changes, invitations, claims, calendars."""

from collections.abc import Callable

from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import CalendarFeed, User
from accounts.queries import invitation_link, unsubscribe_path
from cmp_portal.lib import clock
from credentials.models import Claim
from faults.cases.f4.forms.form import Form, document, of_holder
from faults.cases.f4.twins import holder_sums
from faults.web import filled
from tests import factories


def dismiss() -> Form:
    user = factories.HolderUserFactory()
    alert = factories.AlertFactory(holder=user.holder)
    return of_holder("accounts:dismiss_alert", alert.pk, holder=user.holder_id, user=user)


def of_alert(name: str) -> Callable[[], Form]:
    def make() -> Form:
        user = factories.HolderUserFactory()
        alert = factories.AlertFactory(holder=user.holder, read_at=None if name == "mark_read" else clock.now())
        return of_holder(f"accounts:{name}", alert.pk, holder=user.holder_id, user=user)

    return make


def ask_for(kind: str) -> Callable[[], Form]:
    def make() -> Form:
        user = factories.HolderUserFactory()
        data = {"first_name": "Mara", "last_name": "Holder-Lind", "files": document()}
        wanted = data if kind == "name" else {"email": "new@example.org"}
        return of_holder("accounts:change", kind, holder=user.holder_id, user=user, **wanted)

    return make


def dismiss_all() -> Form:
    user = factories.HolderUserFactory()
    until = max(alert.pk for alert in factories.AlertFactory.create_batch(2, holder=user.holder))
    return of_holder("accounts:dismiss_all", holder=user.holder_id, user=user, until=until)


def preferences() -> Form:
    user = factories.HolderUserFactory()
    said = {kind.value: "daily" for kind in AlertKind} | {"time_zone": "Pacific/Honolulu"}
    return of_holder("accounts:preferences", holder=user.holder_id, user=user, **said)


def mail_again() -> Form:
    user = factories.HolderUserFactory()
    factories.CorrespondenceFactory(holder=user.holder, unreachable_email=user.holder.email, unreachable_at=clock.now())
    return of_holder("accounts:mail_again", holder=user.holder_id, user=user)


def unsubscribe() -> Form:
    """One-click unsubscribe from a mail client, without signing in."""
    alert = factories.AlertFactory()
    path = unsubscribe_path(f"alert-{alert.pk}")
    return Form(path, b"List-Unsubscribe=One-Click", None, lambda: holder_sums(alert.holder_id))


def take_back_change() -> Form:
    user = factories.HolderUserFactory()
    change = factories.ChangeFactory(holder=user.holder)
    return of_holder("accounts:withdraw_change", change.uuid, holder=user.holder_id, user=user)


def decide_change(decision: str) -> Callable[[], Form]:
    def make() -> Form:
        change = factories.ChangeFactory(address=True)
        registrar = factories.UserFactory(roles=[Role.REGISTRAR])
        name, data = "admin:accounts_change_change", {"decision": decision, "note": "As the document shows."}
        return of_holder(name, change.pk, holder=change.holder_id, user=registrar, **data)

    return make


def invite() -> Form:
    holder = factories.HolderFactory()
    registrar = factories.UserFactory(roles=[Role.REGISTRAR])
    data = {"action": "invite", "_selected_action": holder.pk}
    return of_holder("admin:accounts_holder_changelist", holder=holder.pk, user=registrar, **data)


def of_letter(action: str) -> Callable[[], Form]:
    def make() -> Form:
        letter = factories.LetterFactory(failed_at=clock.now())
        registrar = factories.UserFactory(roles=[Role.REGISTRAR])
        data = {"action": action, "_selected_action": letter.pk}
        return of_holder("admin:accounts_letter_changelist", holder=letter.holder_id, user=registrar, **data)

    return make


def accept() -> Form:
    """Accept an invitation by choosing a password."""
    letter = factories.LetterFactory(sent=True)
    logins = User.objects.filter(holder=letter.holder_id)
    form = filled(new_password1=factories.PASSWORD, new_password2=factories.PASSWORD)
    return Form(invitation_link(letter), form, None, lambda: (logins.count(), holder_sums(letter.holder_id)))


def accept_as() -> Form:
    """Accept an invitation by linking the record to an existing account."""
    letter = factories.LetterFactory(sent=True)
    logins = User.objects.filter(holder=letter.holder_id)
    user = factories.UserFactory()
    return Form(invitation_link(letter), filled(), user, lambda: (logins.count(), holder_sums(letter.holder_id)))


def claim(*, contested: bool) -> Callable[[], Form]:
    """Claim a record with the data on its certificate; when contested, one linked to another account."""

    def make() -> Form:
        credential = factories.CredentialFactory()
        holder, user = credential.holder, factories.UserFactory()
        if contested:
            factories.HolderUserFactory(holder=holder)
        said = {"certificate_number": credential.certificate_number, "last_name": holder.last_name}
        form = filled(**said, birth_month=holder.birth_month)
        made = Claim.objects.filter(user=user).order_by("id")
        linked = User.objects.filter(pk=user.pk, holder=holder)
        return Form(
            reverse("credentials:claim"),
            form,
            user,
            lambda: (list(made.values_list("state")), linked.count(), holder_sums(holder.pk)),
        )

    return make


def calendar(name: str, *, known: bool) -> Callable[[], Form]:
    """Create, replace or revoke the address of a calendar feed."""

    def make() -> Form:
        user = factories.HolderUserFactory()
        old = factories.CalendarFeedFactory(holder=user.holder).uuid if known else ""
        feeds = CalendarFeed.objects.filter(holder=user.holder)
        form = of_holder(name, holder=user.holder_id, user=user, instead_of=old)
        return Form(form.path, form.body, user, lambda: [feed.uuid == old for feed in feeds.all()])

    return make


FORMS = {
    "dismiss": dismiss,
    "dismiss all": dismiss_all,
    "mark as read": of_alert("mark_read"),
    "mark as unread": of_alert("mark_unread"),
    "preferences": preferences,
    "resume emails": mail_again,
    "unsubscribe": unsubscribe,
    "request a name change": ask_for("name"),
    "request an address change": ask_for("address"),
    "withdraw a change": take_back_change,
    "grant a change": decide_change("granted"),
    "decline a change": decide_change("declined"),
    "invite": invite,
    "send a letter again": of_letter("send_again"),
    "withdraw a letter": of_letter("withdraw"),
    "accept an invitation": accept,
    "link an invitation": accept_as,
    "claim a record": claim(contested=False),
    "claim someone else's record": claim(contested=True),
    "create a calendar address": calendar("calendar_make", known=False),
    "replace a calendar address": calendar("calendar_make", known=True),
    "revoke a calendar address": calendar("calendar_forget", known=True),
}
