"""A holder's account, closed by the holder: the portal forgets the login, the Board keeps its record."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import say_farewell
from accounts.models import User
from accounts.queries import correspondence_of
from cmp_portal.privacy.erasing import Depth, StillNeeded, erase, needed_for


@dataclass(frozen=True)
class ClosingPage:
    """What goes, what stays, and what stands against it now."""

    needed: tuple[str, ...]
    goes: tuple[str, ...]
    stays: tuple[str, ...]
    writes_to: str
    close_url: str


def closing_page(user: User) -> ClosingPage:
    """Expects the user's holder to be there."""
    return ClosingPage(
        needed=tuple(_reasons_against(user)),
        goes=(
            _("your account: its email addresses, password, passkeys and other second steps"),
            _("where you are logged in: you are logged out of every browser"),
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
        writes_to=user.holder.email if user.holder else "",
        close_url=reverse("close"),
    )


@transaction.atomic
def close_account(*, user: User, at: datetime) -> Counter[str]:
    """StillNeeded while something is under way, and for those who work for the Board.

    The login's address hears of it, and the address on file, which nobody changes who has but taken over the login.
    """
    if user.holder is None or user.roles:
        raise StillNeeded(_reasons_against(user))
    language = correspondence_of(user.holder).written_in
    counts = erase(user.holder, Depth.CLOSED)
    say_farewell(holder=user.holder, emails=[user.email, user.holder.email], language=language, at=at)
    return counts


def _reasons_against(user: User) -> list[str]:
    at_work = [_("you have a Board staff account (ask an administrator)")] if user.roles else []
    return at_work + (needed_for(user.holder) if user.holder else [])
