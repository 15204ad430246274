"""The engine's answer with the shares it is based on, and its JSON form."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from credentials.rules import Window
from education.checking.inputs import Inputs
from education.rules import (
    CreditId,
    CreditStanding,
    RuleStanding,
    Share,
    Standing,
    compile_requirements,
    evaluate,
    proof_words,
    sentences,
    shortfall_words,
    suggest,
)

HUNDREDTH = Decimal("0.01")
ZERO = Decimal("0.00")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """A standing, the shares it counts (one per credit and area), and what is missing, in words."""

    inputs: Inputs
    standing: Standing
    shares: tuple[Share, ...]
    proof: str

    def sentence(self, credit: CreditStanding) -> str:
        """What became of a credit's points."""
        return sentences(credit, compile_requirements(self.inputs.requirements))


def answer(inputs: Inputs, *, suggesting: bool = False) -> Answer:
    """The standing of the given shares; when suggesting, everything else is allocated optimally on top of them."""
    if suggesting:
        return _suggested(inputs)
    standing = evaluate(inputs.requirements, inputs.credits, inputs.shares, inputs.window)
    return Answer(inputs, standing, merged(inputs.shares, inputs), shortfall_words(standing, inputs.on))


def _suggested(inputs: Inputs) -> Answer:
    found = suggest(inputs.requirements, inputs.credits, inputs.shares, inputs.window, on=inputs.on)
    words = [shortfall_words(found.standing, inputs.on)]
    if not found.is_complete:
        words.append(proof_words(found, compile_requirements(inputs.requirements)))
    return Answer(inputs, found.standing, merged(found.shares, inputs), " ".join(words))


def merged(shares: Iterable[Share], inputs: Inputs) -> tuple[Share, ...]:
    """Shares above zero, one per credit and area: credits by completion date and id, areas in file order."""
    sums: dict[tuple[CreditId, str], Decimal] = {}
    for share in shares:
        key = share.credit, share.area
        sums[key] = sums.get(key, ZERO) + share.points
    credits = sorted(inputs.credits, key=lambda credit: (credit.completed_on, str(credit.id)))
    keys = [(credit.id, area.code) for credit in credits for area in inputs.requirements.areas]
    return tuple(Share(*key, sums[key]) for key in keys if sums.get(key))


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(found: Answer) -> Json:
    """The answer as plain values for JSON; points are strings with two decimals."""
    standing = found.standing
    return {
        "complete": standing.is_complete,
        "window": {"starts_on": standing.window.starts_on.isoformat(), "ends_on": standing.window.ends_on.isoformat()},
        "total": _sums(*standing.total),
        "areas": [
            {"code": area.code, **_sums(area.needed, area.counted, area.missing)} for area in standing.areas
        ],
        "rules": [_rule(rule) for rule in standing.rules],
        "credits": [_credit(credit, found) for credit in standing.credits],
        "shares": [
            {"credit": share.credit, "area": share.area, "points": written(share.points)} for share in found.shares
        ],
        "shortfall": written(standing.shortfall),
        "proof": found.proof,
    }  # fmt: skip


def _sums(needed: Decimal, counted: Decimal, missing: Decimal) -> Json:
    return {"needed": written(needed), "counted": written(counted), "missing": written(missing)}


def _rule(rule: RuleStanding) -> Json:
    periods = [
        {
            "of": period_name(period.of),
            "counted": written(period.counted),
            "missing": written(period.missing),
            "holds": period.holds,
        }
        for period in rule.periods
    ]
    return {
        "code": rule.code,
        "per": rule.per.value,
        "minimum": None if rule.minimum is None else written(rule.minimum),
        "maximum": None if rule.maximum is None else written(rule.maximum),
        "periods": periods,
    }


def _credit(credit: CreditStanding, found: Answer) -> Json:
    return {
        "id": credit.id,
        "points": written(credit.points),
        "counted": written(credit.counted),
        "reason": credit.main.reason.value,
        "rule": credit.main.rule,
        "sentence": found.sentence(credit),
    }


def written(points: Decimal) -> str:
    """Points with exactly two decimals."""
    return str(points.quantize(HUNDREDTH))


def period_name(of: Window | CreditId) -> str:
    """A period as text: its first and last day separated by a slash, or the id of the credit."""
    return f"{of.starts_on}/{of.ends_on}" if isinstance(of, Window) else str(of)
