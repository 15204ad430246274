"""The rules engine: why each credit counts or not, what is missing, where points fit. Pure: no I/O, no clock.

The way through it: `compile_requirements` turns requirements into lines, which are sums with a minimum and a maximum.
`count` adds shares to these sums, which gives a `Tally`. `evaluate` makes of it a `Standing`, with a reason for every
point. `suggest` finds the best allocation with a linear program and proves that nothing better exists; `plan` compares
the suggestions for two sets of credits.

Terms: a share is points of one credit allocated to one area; a credit class is all credits that meet the same limits; a
place is the index of a credit in a tally. Inside the engine, points are integer hundredths, and in `suggest` integer
steps, the smallest unit that may be allocated.
"""

from education.rules.compiled import Compiled, Line, Lines, compile_requirements
from education.rules.counting import Tally, UnknownShare, count
from education.rules.cuts import kept_of
from education.rules.plan import Change, Plan, ToEarn, plan, plan_words
from education.rules.sentences import sentence, sentences
from education.rules.shortfall import Lost, lost, shortfall_words, still_needed
from education.rules.standing import evaluate, standing_of, standing_of_sums
from education.rules.suggest import Spare, Suggestion, suggest
from education.rules.suggest.critical import critical_credits
from education.rules.suggest.proof import Demand, Limit, Proof
from education.rules.suggest.purposes import Purpose, purposes
from education.rules.suggest.words import proof_words
from education.rules.sums import Sharing, sums_of
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
from education.rules.writing import PLAIN_ENGLISH, Writing

__all__ = [
    "PLAIN_ENGLISH",
    "AreaStanding",
    "Change",
    "Compiled",
    "CreditFacts",
    "CreditId",
    "CreditReason",
    "CreditStanding",
    "Demand",
    "Fit",
    "Limit",
    "Line",
    "Lines",
    "Lost",
    "Measure",
    "Period",
    "Plan",
    "Proof",
    "Purpose",
    "Reason",
    "RuleStanding",
    "Share",
    "Sharing",
    "Spare",
    "Standing",
    "Suggestion",
    "Tally",
    "ToEarn",
    "UnknownShare",
    "Verdict",
    "Writing",
    "compile_requirements",
    "count",
    "critical_credits",
    "evaluate",
    "kept_of",
    "lost",
    "plan",
    "plan_words",
    "proof_words",
    "purposes",
    "sentence",
    "sentences",
    "shortfall_words",
    "standing_of",
    "standing_of_sums",
    "still_needed",
    "suggest",
    "sums_of",
    "verdict",
]
