"""Identity check for claiming a record: name on the certificate and month of birth, with limits on attempts."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

TRIES_A_DAY = 5  # per account
TRIES_A_DAY_AT_A_CERTIFICATE = 10  # across all accounts
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Said:
    """What a claimant enters about themselves."""

    certificate_number: str
    last_name: str
    birth_month: int


def is_the_person(said: Said, *, last_name: str, birth_month: int | None) -> bool:
    """Whether the claim matches the record; a record without a month of birth can't be claimed this way."""
    return said.birth_month == birth_month and is_last_name(said.last_name, last_name)


def is_last_name(said: str, known: str) -> bool:
    """Whether two last names match, ignoring diacritics, case and punctuation."""
    name = _plain(known)
    return bool(name) and _plain(said) == name


def _plain(name: str) -> str:
    """The letters only, case-folded and without diacritics: O'Brien-Núñez becomes obriennunez."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if letter.isalpha())
