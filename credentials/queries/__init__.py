from credentials.queries.claims import claim_words, newest_claim, no_claim_words
from credentials.queries.cycles import (
    LEAN,
    Known,
    cycle_facts,
    cycles_of,
    cycles_to_synchronise,
    cycles_visible_to,
    known_sets,
    own_credentials,
    requirements_afresh,
    requirements_by_id,
)
from credentials.queries.differences import differences
from credentials.queries.export import export_of

__all__ = [
    "LEAN",
    "Known",
    "claim_words",
    "cycle_facts",
    "cycles_of",
    "cycles_to_synchronise",
    "cycles_visible_to",
    "differences",
    "export_of",
    "known_sets",
    "newest_claim",
    "no_claim_words",
    "own_credentials",
    "requirements_afresh",
    "requirements_by_id",
]
