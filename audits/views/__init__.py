from audits.views.audits import answer, detail, evidence, hand_in, not_available, replace
from audits.views.rounds import population, repeat, round, rounds

__all__ = [
    "answer",
    "detail",
    "evidence",
    "hand_in",
    "not_available",
    "population",
    "repeat",
    "replace",
    "round",
    "rounds",
]
