"""What a password must be. Source: NIST SP 800-63B-4, 3.1.1.2: length and a blocklist, no rules of composition."""

import re

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
