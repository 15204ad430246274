"""Claims to the record of certificate 700101, of Amara Okafor, born in April."""

from credentials import actions
from credentials.rules.claims import Said


def say(**changed):
    return Said(**{"certificate_number": "700101", "last_name": "Okafor", "birth_month": 4, **changed})


def claim(user, at, **changed):
    return actions.claim(said=say(**changed), by=user, at=at)
