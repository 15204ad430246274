"""Rules for passwords, roles from single sign-on, invitations, and change requests.

Source for passwords: NIST SP 800-63B-4, 3.1.1.2: length and a blocklist, no composition rules.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.enums import ChangeKind, InvitationState

LONG, LONG_WITH_SECOND_FACTOR = 15, 8


def is_long(password: str | None) -> bool:
    """Whether a password is long enough without a second factor."""
    return len(password or "") >= LONG


def least_length(*, has_second_factor: bool) -> int:
    """The minimum password length, in characters."""
    return LONG_WITH_SECOND_FACTOR if has_second_factor else LONG


def core_of(password: str) -> str:
    """The base word of a password: "Password-Password-2026" gives "password"."""
    letters = re.sub(r"[\W\d_]+", "", password.lower())
    repeated = re.fullmatch(r"(.+?)\1+", letters)
    return repeated[1] if repeated else letters


# --- Single sign-on for staff -----------------------------------------------------------------------------------------


def mapped_roles(groups: object, mapping: Mapping[str, str]) -> list[str]:
    """The roles that an identity provider's `groups` map to, without duplicates, in the order of the mapping."""
    named = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
    return list(dict.fromkeys(role for group, role in mapping.items() if group in named))


def used_second_factor(said: Mapping[str, object], trusted: Collection[str]) -> bool:
    """Whether the claims state, by an `acr` or `amr` value we trust, that a second factor was used."""
    means = said.get("amr")
    return said.get("acr") in trusted or (isinstance(means, list) and not set(trusted).isdisjoint(means))


# --- Invitations ------------------------------------------------------------------------------------------------------

# How long until another letter is sent when the holder asks for it again at the log-in.
ASKED_AGAIN = timedelta(minutes=10)
# Within this time, a repeated submission of a form counts as the same one.
SENT_TWICE = timedelta(minutes=1)


def invitation_state(
    *, is_accepted: bool, is_linked: bool, is_on_file: bool, valid_until: date, on: date
) -> InvitationState:
    """The state of an invitation: the first reason why its link no longer works, or OPEN; the last day still counts."""
    if is_accepted:
        return InvitationState.USED
    if is_linked:
        return InvitationState.LINKED
    if not is_on_file:
        return InvitationState.MOVED
    return InvitationState.OPEN if on <= valid_until else InvitationState.EXPIRED


# --- Changes of the register ------------------------------------------------------------------------------------------

CHANGES_A_DAY = 5  # of one kind, including withdrawn ones
DOCUMENTS_OF_A_CHANGE = 10


@dataclass(frozen=True)
class WantedChange:
    """A requested change of name or email address, with the holder's explanation."""

    kind: ChangeKind
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    words: str = ""
