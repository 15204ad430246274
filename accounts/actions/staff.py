"""Staff who sign in through the Board's identity provider: roles are taken from it at every login."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import StaffIdentity, User


class StaffRefused(Exception):
    """The login is refused; the message says why."""


@dataclass(frozen=True)
class Told:
    """What the identity provider says about a person."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    roles: Sequence[str]


def admit_staff(*, told: Told, at: datetime) -> User:
    """The account of a staff member, with exactly the roles that the provider gives them now.

    Raises StaffRefused for someone without a role (who also loses the roles held here), whose address the provider
    has not verified, or whose address belongs to an account here that is not staff: an address alone proves nothing.
    """
    if not told.roles:
        _take_roles(told)
        raise StaffRefused(_("Your organization has not given you a role here. Ask its administrator."))
    if not told.is_email_verified or not told.email:
        raise StaffRefused(_("Your organization has not verified your email address."))
    try:
        return _admit(told, at=at)
    except IntegrityError:  # their first login, or somebody with their address, came in between
        return _admit(told, at=at)


@transaction.atomic
def _take_roles(told: Told) -> None:
    known = User.objects.filter(staff_identity__issuer=told.issuer, staff_identity__subject=told.subject)
    for user in known.select_for_update(of=("self",)):
        user.roles = []
        user.save(update_fields=["roles"])


@transaction.atomic
def _admit(told: Told, *, at: datetime) -> User:
    user = _known(told) or _linked(told, at=at)
    if not user.is_active:
        raise StaffRefused(_("Your account here is deactivated."))
    if user.roles != list(told.roles):
        user.roles = list(told.roles)
        user.save(update_fields=["roles"])
    return user


def _known(told: Told) -> User | None:
    known = User.objects.filter(staff_identity__issuer=told.issuer, staff_identity__subject=told.subject)
    return known.select_for_update(of=("self",)).first()


def _linked(told: Told, *, at: datetime) -> User:
    """Link an identity on its first login: to the staff account with this address, or to a new one."""
    user = User.objects.select_for_update(of=("self",)).filter(email__iexact=told.email).first()
    is_proven = EmailAddress.objects.filter(email__iexact=told.email, verified=True).exists()
    if user is None and not is_proven:
        user = User.objects.create_user(told.email)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    elif user is None or not _may_be_linked(user):
        raise StaffRefused(
            _("Your address already has an account here that is not a staff account. Ask the administrator.")
        )
    StaffIdentity.objects.create(user=user, issuer=told.issuer, subject=told.subject, linked_at=at)
    return user


def _may_be_linked(user: User) -> bool:
    """Whether the account may be linked: never a holder's, nor one linked to another identity."""
    return user.is_staff and user.holder_id is None and not StaffIdentity.objects.filter(user=user).exists()
