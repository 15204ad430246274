"""When somebody is who they say: what is on the certificate, and the month of birth."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

TRIES_A_DAY = 5  # of one sign-in
TRIES_A_DAY_AT_A_CERTIFICATE = 10  # of all sign-ins together
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Said:
    """What a person says of themselves."""

    certificate_number: str
    last_name: str
    birth_month: int


def is_the_person(said: Said, *, last_name: str, birth_month: int | None) -> bool:
    """Whether what was said fits the record; a record without a month of birth can't be claimed like this."""
    return said.birth_month == birth_month and is_last_name(said.last_name, last_name)


def is_last_name(said: str, known: str) -> bool:
    """Whether a last name is the one on record, whatever its marks, case and hyphens."""
    name = _plain(known)
    return bool(name) and _plain(said) == name


def _plain(name: str) -> str:
    """Letters alone, without marks and case: O'Brien-Núñez is obriennunez."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if letter.isalpha())
