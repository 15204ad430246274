"""Verdicts on all cycles of requirement sets from one GROUP BY: for batch jobs and for checking status rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from django.db import connection

from credentials import rules as credential_rules
from credentials.enums import Per
from credentials.models import Area, Cycle, RequirementSet
from credentials.queries import requirements_by_id
from credentials.rules.points import hundredths
from education import rules
from education.queries.standing import standings_of
from education.rules import verdict

BATCH = 2_000

# The same days as `credentials.rules.window`; three years before 29 February is 1 March.
JUDGED_ON = "COALESCE(y.declared_on, %(on)s::date)"
YEARS_BEFORE = f"""
    (({JUDGED_ON} - make_interval(years => t.cycle_years))::date
     + (to_char({JUDGED_ON}, 'MMDD') = '0229'
        AND to_char({JUDGED_ON} - make_interval(years => t.cycle_years), 'MMDD') = '0228')::int)
"""
IS_SLIDING = f"(y.ends_on < {JUDGED_ON} OR c.certified_on < t.mandatory_from)"
BY_MONTH = "(date_trunc('month', y.ends_on) - make_interval(years => t.cycle_years))::date"
WINDOW = f"""
    CASE WHEN {IS_SLIDING} THEN {YEARS_BEFORE} WHEN t.window_by_month THEN {BY_MONTH} ELSE y.starts_on END AS opens_on,
    CASE WHEN {IS_SLIDING} THEN {JUDGED_ON} ELSE y.ends_on END AS closes_on
"""
# One row per cycle, in hundredths: a column for each area in file order, then one for each rule.
SUMS = """
    SELECT w.id, w.holder_id, w.requirement_set_id, {sums}
      FROM (SELECT y.id, y.holder_id, y.requirement_set_id, {window}
              FROM credentials_cycle y
              JOIN credentials_credential c ON c.id = y.credential_id
              JOIN credentials_credentialtype t ON t.id = c.credential_type_id
             WHERE y.requirement_set_id = ANY(%(sets)s)) w
      LEFT JOIN (education_allocation s
                 JOIN credentials_area a ON a.id = s.area_id
                 JOIN unnest(%(areas)s::bigint[], %(places)s::int[]) m (area_id, place) ON m.area_id = s.area_id
                 JOIN education_credit k ON k.id = s.credit_id AND k.withdrawn_at IS NULL
                 JOIN credentials_activitykind kind ON kind.id = k.kind_id
                 LEFT JOIN education_provider p ON p.id = k.provider_id)
        ON s.cycle_id = w.id AND k.completed_on BETWEEN w.opens_on AND w.closes_on
           AND (a.accepts && k.subjects OR a.accepts @> ARRAY['*']::varchar[])
     GROUP BY w.id, w.holder_id, w.requirement_set_id
"""
FILTERS = ("a.code = ANY", "kind.code = ANY", "p.code = ANY", "k.subjects &&")
Filters = tuple[frozenset[str] | None, ...]


class Judged(NamedTuple):
    """The verdict on a cycle, as a status row holds it, in hundredths of points."""

    cycle: int
    holder: int
    counted: int
    shortfall: int

    @property
    def is_complete(self) -> bool:
        return not self.shortfall


def verdicts(sets: Iterable[RequirementSet], *, on: date) -> Iterator[Judged]:
    """Judges every cycle of these sets on the Board's day `on`; where sums are not enough, credit by credit."""
    requirements = requirements_by_id(sets)
    alike: dict[tuple[Filters, ...], list[int]] = defaultdict(list)
    others = []
    for pk, values in requirements.items():
        if all(rule.per == Per.CYCLE for rule in values.rules):
            alike[tuple(filters_of(rule) for rule in values.rules)].append(pk)
        else:
            others.append(pk)
    for filters, keys in alike.items():
        yield from _of_sets({pk: requirements[pk] for pk in keys}, filters, on=on)
    yield from _evaluated(Cycle.objects.filter(requirement_set__in=others).values_list("pk", flat=True), on=on)


def _of_sets(
    sets: dict[int, credential_rules.Requirements], filters: Sequence[Filters], *, on: date
) -> Iterator[Judged]:
    """Judges sets whose rules have the same filters with a single GROUP BY."""
    lines = {pk: rules.compile_requirements(one).lines() for pk, one in sets.items()}
    widest = max(len(one.areas) for one in sets.values())
    unsure = []
    statement, values = sums_statement(list(sets), filters, widest=widest, on=on)
    for cycle, holder, pk, *sums in _numbers(statement, values):
        found = verdict(lines[pk], sums[: len(lines[pk].codes)] + sums[widest:])
        if found.is_exact:
            yield Judged(cycle, holder, found.counted, found.shortfall)
        else:
            unsure.append(cycle)
    yield from _evaluated(unsure, on=on)


def _numbers(statement: str, values: dict[str, Any]) -> Iterator[list[int]]:
    """Rows via COPY to a temporary file: flat memory and, unlike with a server-side cursor, parallel query."""
    with TemporaryFile() as file:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({cursor.mogrify(statement, values).decode()}) TO STDOUT", file)
        file.seek(0)
        for line in file:
            yield [*map(int, line.split())]


def sums_statement(sets: list[int], filters: Sequence[Filters], *, widest: int, on: date) -> tuple[str, dict[str, Any]]:
    """The GROUP BY for the sums, with its parameters."""
    places: dict[int, list[int]] = defaultdict(list)
    areas = Area.objects.filter(requirement_set__in=sets).order_by("position")
    for pk, requirement_set in areas.values_list("pk", "requirement_set_id"):
        places[requirement_set].append(pk)
    values: dict[str, Any] = {
        "on": on,
        "sets": sets,
        "areas": [pk for found in places.values() for pk in found],
        "places": [place for found in places.values() for place in range(len(found))],
    }
    conditions = [f"m.place = {place}" for place in range(widest)]
    conditions += [_condition(one, number, values) for number, one in enumerate(filters)]
    sums = ", ".join(f"COALESCE(SUM(s.points) FILTER (WHERE {condition}), 0)" for condition in conditions)
    return SUMS.format(sums=sums, window=WINDOW), values


def filters_of(rule: credential_rules.Rule) -> Filters:
    return rule.areas, rule.kinds, rule.providers, rule.subjects


def _condition(filters: Filters, number: int, values: dict[str, Any]) -> str:
    """The shares a rule applies to, as an SQL condition; its words are passed as parameters."""
    conditions = ["TRUE"]
    for index, (test, words) in enumerate(zip(FILTERS, filters, strict=True)):
        if words is not None:
            values[f"rule_{number}_{index}"] = sorted(words)
            conditions.append(f"{test} (%(rule_{number}_{index})s::varchar[])")
    return " AND ".join(conditions)


def _evaluated(cycles: Iterable[int], *, on: date) -> Iterator[Judged]:
    keys = iter(cycles)
    related = ("credential__credential_type", "requirement_set__credential_type")
    while batch := list(islice(keys, BATCH)):
        found = Cycle.objects.filter(pk__in=batch).select_related(*related).order_by("id")
        standings = standings_of(found, on=on)
        for cycle in found:
            standing = standings[cycle.pk]
            yield Judged(cycle.pk, cycle.holder_id, hundredths(standing.total.counted), hundredths(standing.shortfall))
