"""Data export: a holder's record, account, change requests, and everything they were sent."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.models import (
    Alert,
    CalendarFeed,
    Change,
    ChangeDocument,
    Correspondence,
    Digest,
    Holder,
    Letter,
    Preference,
    StaffIdentity,
    User,
)
from cmp_portal.lib.exports import Part, part


def export_of(holder: Holder) -> Iterator[Part]:
    """The holder's part of the export, without secrets: no passwords, keys, or URLs that grant access by themselves."""
    register = "customer_number first_name last_name birth_month email created_at"
    yield part("register", Holder.objects.filter(pk=holder.pk), register)
    yield from _login(holder)
    letters = Letter.objects.to_holders().filter(holder=holder).order_by("id")
    yield part("letters", letters, "kind email written_at emailed_at failed_at withdrawn_at accepted_at")
    changes = Change.objects.filter(holder=holder).order_by("id")
    asked = "uuid kind first_name last_name email was words state requested_at decided_at note"
    yield part("changes_of_name_or_address", changes, asked)
    documents = ChangeDocument.objects.filter(holder=holder).order_by("id")
    told = "uuid name media_type size sha256 uploaded_at condition checked_at"
    yield part("documents_of_changes", documents, told, change="change__uuid")
    yield from _told(holder)


def _login(holder: Holder) -> Iterator[Part]:
    yield part("login", User.objects.filter(holder=holder), "email roles is_active date_joined last_login")
    addresses = EmailAddress.objects.filter(user__holder=holder).order_by("id")
    identities = StaffIdentity.objects.filter(user__holder=holder)
    yield part("staff_identity", identities, "issuer subject linked_at")
    yield part("email_addresses", addresses, "email verified primary")
    steps = Authenticator.objects.filter(user__holder=holder).order_by("id")
    yield part("second_steps", steps, "type created_at last_used_at")
    sessions = UserSession.objects.filter(user__holder=holder).order_by("id")
    yield part("sessions", sessions, "created_at last_seen_at ip user_agent")


def _told(holder: Holder) -> Iterator[Part]:
    alerts = Alert.objects.filter(holder=holder).order_by("id")
    told = "kind key title body link created_at read_at dismissed_at withdrawn_at withdrawn_because"
    yield part("alerts", alerts, f"{told} emailed_at failed_at", digest="digest__day")
    digests = Digest.objects.filter(holder=holder).order_by("id")
    yield part("digests", digests, "day emailed_at failed_at")
    yield part("preferences", Preference.objects.filter(holder=holder).order_by("id"), "kind channel")
    correspondence = Correspondence.objects.filter(holder=holder)
    yield part("correspondence", correspondence, "language browser_language time_zone unreachable_email unreachable_at")
    yield part("calendar", CalendarFeed.objects.filter(holder=holder), "created_at")
