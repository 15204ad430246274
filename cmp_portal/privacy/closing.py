"""Closing of an account by its holder: the portal deletes the account, the Board keeps the record."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import say_farewell
from accounts.models import Holder, User
from accounts.queries import correspondence_of
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.privacy.erasing import Depth, StillNeeded, erase, erase_login, needed_for


@dataclass(frozen=True)
class ClosingPage:
    """What closing deletes, what it keeps, and what currently prevents it."""

    needed: tuple[str, ...]
    goes: tuple[str, ...]
    stays: tuple[str, ...]
    writes_to: str
    close_url: str


def closing_page(user: User) -> ClosingPage:
    """The page for a holder, or for somebody who has registered and has no record."""
    needed, close_url = tuple(_reasons_against(user)), reverse("close")
    account = (
        _("your account: its email addresses, password, passkeys and other second steps"),
        _("where you are logged in: you are logged out of every browser"),
    )
    if user.holder is None:
        goes = (*account, _("your requests to link a record to it"))
        return ClosingPage(needed=needed, goes=goes, stays=(), writes_to="", close_url=close_url)
    return ClosingPage(
        needed=needed,
        goes=(
            *account,
            _("your alerts, letters and daily emails, and your preferences for them"),
            _("the address of your calendar"),
        ),
        stays=(
            _("your entry in the register: name, customer number, and the details on file used to find you"),
            _("your credentials and their cycles"),
            _("your credits and documents, and where they are allocated"),
            _("your declarations as you signed them, and the Board's decisions"),
            _("the history of your record: who changed what, and when"),
        ),
        writes_to=user.holder.email,
        close_url=close_url,
    )


@retry_on_conflict
@transaction.atomic
def close_account(*, user: User, at: datetime) -> Counter[str]:
    """Close the account of a holder, or one without a record; returns the number of rows affected per table.

    Raises StillNeeded while something is pending, and for staff. The account's email address is notified, and so is the
    address on file, which someone who took over the account can't change; without a record, nobody could be written to.
    """
    user = _locked(user)
    if user.roles:
        raise StillNeeded(_reasons_against(user))
    if user.holder is None:
        return erase_login(user)
    language = correspondence_of(user.holder).written_in
    counts = erase(user.holder, Depth.CLOSED)
    say_farewell(holder=user.holder, emails=[user.email, user.holder.email], language=language, at=at)
    return counts


def _locked(user: User) -> User:
    """The account, read again under its lock: a record may just have been linked to it, or been taken from it.

    Records are locked before accounts. One that is linked in between is locked later, at the risk of a deadlock.
    """
    list(Holder.objects.select_for_update().filter(user=user.pk).values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _reasons_against(user: User) -> list[str]:
    at_work = [_("you have a Board staff account (ask an administrator)")] if user.roles else []
    return at_work + (needed_for(user.holder) if user.holder else [])
