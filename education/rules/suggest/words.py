"""A suggestion's proofs as sentences: what needs how much, how much can count at most, and which limits cause that."""

from collections.abc import Iterable
from decimal import Decimal

from credentials.enums import Per
from education.rules.compiled import Compiled
from education.rules.shortfall import COMPLETE, inside_sentence
from education.rules.suggest.proof import Demand, Limit, Proof
from education.rules.suggest.values import Suggestion
from education.rules.writing import PLAIN_ENGLISH, Writing
from education.rules.writing import gettext_noop as _

NOT_PROVEN = _("This is a good use of the credits, but it could not be proven to be the best in the time available.")
NO_MORE_TOLD = _("No other use of the credits leaves less missing.")
ALONE = _("{demand} needs {needed}; {can_count}{limits}.")
SEVERAL = _(
    "{demands} together need {needed}; {can_count}{limits}, so they are {missing} short in total; this suggestion"
    " leaves the gap in {left_in}."
)
NOTHING = _("nothing can count")
AT_MOST = _("at most {points} can count")
BESIDE = _(" while the fixed allocations stay as they are")
BECAUSE = _(", because {limits}")
AREA_LIMIT = _("{area} takes at most {maximum}")
RULE_LIMIT = {
    Per.CYCLE: _("“{rule}” allows at most {maximum}"),
    Per.YEAR: _("“{rule}” allows at most {maximum} in a year"),
    Per.ITEM: _("“{rule}” allows at most {maximum} for one activity"),
}
TOTAL = _("the total")
AND = _("{first} and {last}")
IN_YEAR = _("{rule} in the year ending {day}")


def proof_words(suggestion: Suggestion, compiled: Compiled, write: Writing = PLAIN_ENGLISH) -> str:
    """Why nothing better can be done, one sentence per proof, in the language and format of `write`."""
    if suggestion.is_complete:
        return write.say(COMPLETE)
    if not suggestion.proven:
        return write.say(NOT_PROVEN)
    writer = Writer(compiled, write, suggestion.added != suggestion.shares)
    return " ".join(map(writer.proof, suggestion.proof)) or write.say(NO_MORE_TOLD)


class Writer:
    """Writes proofs with the titles of the requirements; `beside_pinned`: some shares were fixed beforehand."""

    def __init__(self, compiled: Compiled, write: Writing, beside_pinned: bool) -> None:
        self.compiled = compiled
        self.write = write
        self.beside = write.say(BESIDE) if beside_pinned else ""

    def proof(self, proof: Proof) -> str:
        """One proof as a sentence."""
        can_count = self._can_count(proof.can_count)
        text = ALONE if len(proof.demands) == 1 else SEVERAL
        return _capital(
            self.write.say(
                text,
                demand=self._demand(proof.demands[0]),
                demands=self._all(proof.demands),
                needed=self.write.points(proof.needed),
                can_count=can_count + self.beside,
                limits=self._because(proof),
                missing=self.write.points(proof.missing),
                left_in=self._all(proof.left_in),
            )
        )

    def _can_count(self, points: Decimal) -> str:
        return self.write.say(AT_MOST, points=self.write.points(points)) if points else self.write.say(NOTHING)

    def _all(self, demands: Iterable[Demand]) -> str:
        return self._in_a_row(map(self._demand, demands))

    def _in_a_row(self, words: Iterable[str]) -> str:
        """Words joined by commas, with "and" before the last."""
        *first, last = list(words) or [""]
        return self.write.say(AND, first=", ".join(first), last=last) if first else last

    def _demand(self, demand: Demand) -> str:
        if demand.area is not None:
            return inside_sentence(self.compiled.areas[demand.area].title)
        if demand.rule is None:
            return self.write.say(TOTAL)
        rule = f"“{self.compiled.rules[demand.rule].title}”"
        return (
            rule if demand.year is None else self.write.say(IN_YEAR, rule=rule, day=self.write.day(demand.year.ends_on))
        )

    def _because(self, proof: Proof) -> str:
        return self.write.say(BECAUSE, limits=self._in_a_row(map(self._limit, proof.limits))) if proof.limits else ""

    def _limit(self, limit: Limit) -> str:
        maximum = self.write.points(limit.maximum)
        if limit.rule is not None:
            return self.write.say(RULE_LIMIT[limit.per], rule=self.compiled.rules[limit.rule].title, maximum=maximum)
        return self.write.say(
            AREA_LIMIT, area=inside_sentence(self.compiled.areas[limit.area or ""].title), maximum=maximum
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
