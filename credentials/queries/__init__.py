from credentials.queries.claims import claim_words, newest_claim, no_claim_words
from credentials.queries.consistency import consistency_checks
from credentials.queries.cycles import (
    LEAN,
    Known,
    cycle_facts,
    cycles_of,
    cycles_to_synchronise,
    cycles_visible_to,
    is_voluntary,
    known_sets,
    newest_cycles,
    own_credentials,
    requirements_afresh,
    requirements_by_id,
)
from credentials.queries.export import export_of
from credentials.queries.requirements import Uncovered, newest_set_sql, open_cycles_by_set, uncovered_cycles

__all__ = [
    "LEAN",
    "Known",
    "Uncovered",
    "claim_words",
    "consistency_checks",
    "cycle_facts",
    "cycles_of",
    "cycles_to_synchronise",
    "cycles_visible_to",
    "export_of",
    "is_voluntary",
    "known_sets",
    "newest_claim",
    "newest_cycles",
    "newest_set_sql",
    "no_claim_words",
    "open_cycles_by_set",
    "own_credentials",
    "requirements_afresh",
    "requirements_by_id",
    "uncovered_cycles",
]
