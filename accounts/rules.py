"""What a password must be, when an invitation holds, and what may be asked for.

Source for passwords: NIST SP 800-63B-4, 3.1.1.2: length and a blocklist, no rules of composition.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.enums import ChangeKind, InvitationState

LONG, LONG_WITH_SECOND_FACTOR = 15, 8


def is_long(password: str | None) -> bool:
    """Whether a password may stand alone, without a second factor."""
    return len(password or "") >= LONG


def least_length(*, has_second_factor: bool) -> int:
    """How many characters a password needs."""
    return LONG_WITH_SECOND_FACTOR if has_second_factor else LONG


def core_of(password: str) -> str:
    """The word behind a password: "Password-Password-2026" is "password"."""
    letters = re.sub(r"[\W\d_]+", "", password.lower())
    repeated = re.fullmatch(r"(.+?)\1+", letters)
    return repeated[1] if repeated else letters


# --- The Board's own sign-in ------------------------------------------------------------------------------------------


def mapped_roles(groups: object, mapping: Mapping[str, str]) -> list[str]:
    """The roles that somebody's groups at the provider mean here, each once, in the mapping's order."""
    named = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
    return list(dict.fromkeys(role for group, role in mapping.items() if group in named))


def used_second_factor(said: Mapping[str, object], trusted: Collection[str]) -> bool:
    """Whether the provider says, in a word we trust, that it asked for a second factor (`acr`, or one of `amr`)."""
    means = said.get("amr")
    return said.get("acr") in trusted or (isinstance(means, list) and not set(trusted).isdisjoint(means))


# --- Invitations ------------------------------------------------------------------------------------------------------

# Whoever asks for the letter again at the log-in gets one more only after this time.
ASKED_AGAIN = timedelta(minutes=10)
# A form that is sent twice is answered twice.
SENT_TWICE = timedelta(minutes=1)


def invitation_state(
    *, is_accepted: bool, is_linked: bool, is_on_file: bool, valid_until: datetime, at: datetime
) -> InvitationState:
    """What has become of an invitation: whoever follows it is told the first reason why it no longer opens."""
    if is_accepted:
        return InvitationState.USED
    if is_linked:
        return InvitationState.LINKED
    if not is_on_file:
        return InvitationState.MOVED
    return InvitationState.OPEN if at <= valid_until else InvitationState.EXPIRED


# --- Changes of the register ------------------------------------------------------------------------------------------

CHANGES_A_DAY = 5  # of one kind, however often they are withdrawn
DOCUMENTS_OF_A_CHANGE = 10


@dataclass(frozen=True)
class Wanted:
    """A new name or a new address, and what the holder says about it."""

    kind: ChangeKind
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    words: str = ""
