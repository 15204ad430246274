"""A suggestion's proof in sentences: what needs how much, what can count at most, and which limits are the reason."""

from collections.abc import Iterable
from datetime import date

from credentials.enums import Per
from education.rules.compiled import Compiled
from education.rules.sentences import WriteDay, WritePoints
from education.rules.shortfall import COMPLETE, inside_sentence
from education.rules.suggest.proof import Demand, Limit, Proof
from education.rules.suggest.values import Suggestion

NOT_PROVEN = "This is a good use of the credits; in the time there was it could not be proven to be the best."
NO_MORE_TOLD = "No other use of the credits leaves less missing."
ALONE = "{demand} needs {needed}; {can_count}{limits}."
SEVERAL = (
    "{demands} together need {needed}; {can_count}{limits}, so {missing} is short between them; "
    "this suggestion leaves it in {left_in}."
)
NOTHING = "nothing can count"
AT_MOST = "at most {points} can count"
BESIDE = " beside the shares that are fixed"
BECAUSE = ", because {limits}"
AREA_LIMIT = "{area} takes at most {maximum}"
RULE_LIMIT = {
    Per.CYCLE: "“{rule}” allows at most {maximum}",
    Per.YEAR: "“{rule}” allows at most {maximum} in a year",
    Per.ITEM: "“{rule}” allows at most {maximum} for one activity",
}
TOTAL = "the total"
IN_YEAR = "{rule} in the year to {day}"


def proof_words(
    suggestion: Suggestion,
    compiled: Compiled,
    write_day: WriteDay = date.isoformat,
    write_points: WritePoints = str,
) -> str:
    """Why nothing better can be done, one sentence for each fact; written the way the page does."""
    if suggestion.is_complete:
        return COMPLETE
    if not suggestion.proven:
        return NOT_PROVEN
    write = Writer(compiled, write_day, write_points, suggestion.added != suggestion.shares)
    return " ".join(map(write.proof, suggestion.proof)) or NO_MORE_TOLD


class Writer:
    """Writes facts with the titles of the requirements; `beside_pinned` says that some shares were fixed."""

    def __init__(self, compiled: Compiled, day: WriteDay, points: WritePoints, beside_pinned: bool) -> None:
        self.compiled = compiled
        self.day = day
        self.points = points
        self.beside = BESIDE if beside_pinned else ""

    def proof(self, proof: Proof) -> str:
        """One fact as a sentence."""
        can_count = AT_MOST.format(points=self.points(proof.can_count)) if proof.can_count else NOTHING
        text = ALONE if len(proof.demands) == 1 else SEVERAL
        return _capital(
            text.format(
                demand=self._demand(proof.demands[0]),
                demands=self._all(proof.demands),
                needed=self.points(proof.needed),
                can_count=can_count + self.beside,
                limits=self._because(proof),
                missing=self.points(proof.missing),
                left_in=self._all(proof.left_in),
            )
        )

    def _all(self, demands: Iterable[Demand]) -> str:
        return in_a_row(map(self._demand, demands))

    def _demand(self, demand: Demand) -> str:
        if demand.area is not None:
            return inside_sentence(self.compiled.areas[demand.area].title)
        if demand.rule is None:
            return TOTAL
        rule = f"“{self.compiled.rules[demand.rule].title}”"
        return rule if demand.year is None else IN_YEAR.format(rule=rule, day=self.day(demand.year.ends_on))

    def _because(self, proof: Proof) -> str:
        return BECAUSE.format(limits=in_a_row(map(self._limit, proof.limits))) if proof.limits else ""

    def _limit(self, limit: Limit) -> str:
        maximum = self.points(limit.maximum)
        if limit.rule is not None:
            return RULE_LIMIT[limit.per].format(rule=self.compiled.rules[limit.rule].title, maximum=maximum)
        return AREA_LIMIT.format(area=inside_sentence(self.compiled.areas[limit.area or ""].title), maximum=maximum)


def in_a_row(words: Iterable[str]) -> str:
    """Words with commas, and "and" before the last."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
