"""The rules engine: why a credit counts, what is missing, and where points fit; pure and without a clock."""

from education.rules.compiled import Compiled, Line, Lines, compile_requirements
from education.rules.counting import Tally, UnknownShare, count
from education.rules.fits import fits, headroom
from education.rules.sentences import sentence, sentences
from education.rules.shortfall import Lost, lost, shortfall_words, still_needed
from education.rules.standing import evaluate, standing_of
from education.rules.values import (
    AreaStanding,
    CreditFacts,
    CreditId,
    CreditReason,
    CreditStanding,
    Fit,
    Measure,
    Period,
    Reason,
    RuleStanding,
    Share,
    Standing,
)
from education.rules.verdict import Verdict, verdict

__all__ = [
    "AreaStanding",
    "Compiled",
    "CreditFacts",
    "CreditId",
    "CreditReason",
    "CreditStanding",
    "Fit",
    "Line",
    "Lines",
    "Lost",
    "Measure",
    "Period",
    "Reason",
    "RuleStanding",
    "Share",
    "Standing",
    "Tally",
    "UnknownShare",
    "Verdict",
    "compile_requirements",
    "count",
    "evaluate",
    "fits",
    "headroom",
    "lost",
    "sentence",
    "sentences",
    "shortfall_words",
    "standing_of",
    "still_needed",
    "verdict",
]
