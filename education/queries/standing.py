"""From database rows to the engine: what counts in a cycle, always computed on read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import ExpressionWrapper, F, Field, QuerySet

from cmp_portal.lib.prepared_statements import Prepared, among, prepared
from credentials import rules as credential_rules
from credentials.models import Cycle
from credentials.queries import Known, cycle_facts, known_sets
from credentials.rules.points import from_hundredths
from education import rules
from education.models import Allocation, Credit
from education.queries.credits import credit_facts


class Hundredths(Field):  # type: ignore[type-arg]
    """Points as stored, in hundredths, which is what the engine adds up."""


# Shares with the facts the engine needs; instances of five models for each would cost more than the engine itself.
# The columns after the cycle are what `rules.sums_of` takes.
COLUMNS = (
    "cycle_id", "area_id", "whole", "credit_id", "credit__kind__code", "credit__subjects", "credit__provider__code",
    "credit__completed_on", "of", "credit__withdrawn_at",
)  # fmt: skip
SHARING = slice(1, None)
WHOLE = {
    name: ExpressionWrapper(F(path), Hundredths()) for name, path in (("whole", "points"), ("of", "credit__points"))
}


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Facts:
    """Everything that a cycle's standing depends on."""

    requirements: credential_rules.Requirements
    window: credential_rules.Window
    credits: tuple[rules.CreditFacts, ...]
    shares: tuple[rules.Share, ...]

    def count(self) -> rules.Tally:
        """The tally of all credits, from which both standing and headroom are derived."""
        return rules.count(self.requirements, self.credits, self.shares, self.window)

    def evaluate(self) -> rules.Standing:
        return rules.standing_of(self.count())

    def also(self, credits: Iterable[Credit]) -> "Facts":
        """The same facts, plus credits that have no share in the cycle."""
        known = {credit.id for credit in self.credits}
        return replace(self, credits=(*self.credits, *(credit_facts(one) for one in credits if one.pk not in known)))


def facts_by_cycle(cycles: Iterable[Cycle], *, on: date) -> dict[int, Facts]:
    """The facts of several cycles in a fixed number of queries."""
    found = _each(cycles, _shares_with_titles, on=on)
    return {cycle.pk: _facts(known, window, rows) for cycle, known, window, rows in found}


def _each(
    cycles: Iterable[Cycle], shares_of: Prepared[Row], *, on: date
) -> Iterator[tuple[Cycle, Known, credential_rules.Window, list[Row]]]:
    """Each cycle with its requirements, the window that counts, and its shares."""
    cycles = list(cycles)
    sets = known_sets(cycle.requirement_set for cycle in cycles)
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in shares_of([cycle.pk for cycle in cycles]):
        rows[row[0]].append(row)
    for one in cycles:
        yield one, sets[one.requirement_set_id], window_of(one, on=on), rows[one.pk]


def _facts(known: Known, window: credential_rules.Window, rows: list[Row]) -> Facts:
    credits = {credit: columns for _cycle, _area, _points, credit, *columns in rows}
    return Facts(
        requirements=known.requirements,
        window=window,
        credits=tuple(_facts_of_columns(credit, *columns) for credit, columns in credits.items()),
        shares=tuple(
            rules.Share(credit, known.area_codes[area], from_hundredths(points))
            for _cycle, area, points, credit, *_columns in rows
        ),
    )


@prepared
def _shares(cycles: list[int]) -> QuerySet[Any, Row]:
    return Allocation.objects.filter(among("cycle", cycles)).annotate(**WHOLE).values_list(*COLUMNS)


# In the order in which pages list them.
@prepared
def _shares_with_titles(cycles: list[int]) -> QuerySet[Any, Row]:
    found = Allocation.objects.filter(among("cycle", cycles)).order_by("id").annotate(**WHOLE)
    return found.values_list(*COLUMNS, "credit__title")


def _facts_of_columns(
    pk: int,
    kind: str,
    subjects: list[str],
    provider: str | None,
    completed_on: date,
    points: int,
    withdrawn_at: datetime | None,
    title: str = "",
) -> rules.CreditFacts:
    """The credit of a share as input for the engine."""
    return rules.CreditFacts(
        id=pk,
        title=title,
        kind=kind,
        subjects=frozenset(subjects),
        provider=provider,
        completed_on=completed_on,
        points=from_hundredths(points),
        refused=None if withdrawn_at is None else "withdrawn",
    )


def facts_of(cycle: Cycle, *, on: date) -> Facts:
    """The facts of one cycle."""
    return facts_by_cycle([cycle], on=on)[cycle.pk]


def standing_of(cycle: Cycle, *, on: date) -> rules.Standing:
    """Where a cycle stands on the Board's day `on`."""
    return facts_of(cycle, on=on).evaluate()


def standings_of(cycles: Iterable[Cycle], *, on: date) -> dict[int, rules.Standing]:
    """Where several cycles stand, by cycle."""
    return {pk: facts.evaluate() for pk, facts in facts_by_cycle(cycles, on=on).items()}


def standings_in_brief(cycles: Iterable[Cycle], *, on: date) -> dict[int, rules.Standing]:
    """Where several cycles stand, usually without single credits, which have no titles."""
    found = _each(cycles, _shares, on=on)
    return {cycle.pk: _in_brief(cycle, known, window, rows) for cycle, known, window, rows in found}


def _in_brief(cycle: Cycle, known: Known, window: credential_rules.Window, rows: list[Row]) -> rules.Standing:
    ready, places = _ready(cycle.requirement_set_id, known)
    sums = rules.sums_of(ready, window, (row[SHARING] for row in rows), places)
    return _facts(known, window, rows).evaluate() if sums is None else _of_sums(ready, window, tuple(sums))


# From one of a holder's pages to the next, most of their cycles stand where they stood.
_of_sums = lru_cache(maxsize=1024)(rules.standing_of_sums)

_compiled: dict[int, tuple[Known, rules.Compiled, dict[int, int]]] = {}


def _ready(pk: int, known: Known) -> tuple[rules.Compiled, dict[int, int]]:
    """Compiled requirements and areas' indexes by id; cached by set id: comparing would cost more than counting."""
    found = _compiled.get(pk)
    if found is None or found[0] is not known:
        ready = rules.compile_requirements(known.requirements)
        places = {area: ready.area_index[code] for area, code in known.area_codes.items()}
        found = _compiled[pk] = known, ready, places
    return found[1:]


def window_of(cycle: Cycle, *, on: date) -> credential_rules.Window:
    """The window that counts: as of the day of the receipt once declared, else as of `on`."""
    return credential_rules.window(cycle_facts(cycle), cycle.declared_on or on)
