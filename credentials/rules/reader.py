"""Parse a requirements file (TOML) and reject implausible values, naming file, key and remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from cmp_portal.lib import toml
from credentials.enums import Per
from credentials.rules.problems import Problem, Problems, RequirementsError, suggestion
from credentials.rules.tables import PartOfTotal, Table
from credentials.rules.values import ANY, Area, Requirements, Rule

SET_KEYS = (
    "credential", "title", "version", "applies_from", "total", "step", "verified", "source", "note", "area", "rule",
)  # fmt: skip
AREA_KEYS = ("code", "title", "minimum", "maximum", "accepts")
RULE_KEYS = ("code", "title", "kinds", "subjects", "providers", "areas", "minimum", "maximum", "per")
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Scale:
    """The total and the step against which limits are checked; None where the file is wrong."""

    total: Decimal | None
    step: Decimal | None


def read_requirements(text: str, *, name: str) -> Requirements:
    """Parse the requirements in `text`; raises RequirementsError with all problems, reported under file `name`."""
    problems = Problems(name)
    table = Table(_parse(text, name), "", problems)
    requirements = _requirements(table)
    problems.raise_if_any()
    return requirements


def _parse(text: str, name: str) -> dict[str, object]:
    try:
        return toml.parse(text)
    except toml.NotToml as refusal:
        raise RequirementsError([Problem(name, refusal.place, str(refusal))]) from refusal


def _requirements(table: Table) -> Requirements:
    table.check_keys(SET_KEYS)
    table.require("credential", "title", "version", "total", "step")
    scale = _scale(table)
    areas = _areas(table, scale)
    rules = _rules(table, scale, areas)
    verified, source = table.flag("verified"), table.text("source")
    if verified and not source.strip():
        table.note("source", "a verified set must cite its source; add it, or write verified = false")
    return Requirements(
        credential=table.text("credential", longest=40),
        title=table.text("title", longest=160),
        version=table.text("version", longest=16),
        applies_from=table.day("applies_from"),
        total=scale.total or ZERO,
        step=scale.step or ZERO,
        verified=verified,
        source=source,
        areas=areas,
        rules=rules,
        note=table.text("note", longest=2000),
    )


def _scale(table: Table) -> Scale:
    total, step = table.points("total"), table.points("step")
    for key, value in (("total", total), ("step", step)):
        if value == 0:
            table.note(key, "must be more than zero")
    if step and total is not None and total % step:
        table.note("total", f'{total} is not a multiple of the step {step}; write "{_rounded_up(total, step)}"')
    return Scale(total, step or None)


def _areas(table: Table, scale: Scale) -> tuple[Area, ...]:
    tables = _tables(table, "area")
    if not table.values.get("area"):
        table.note("area", "no areas; add at least one [[area]]")
    areas = tuple(_area(each, scale) for each in tables)
    _check_codes(tables)
    _check_sums(table, areas, scale)
    return areas


def _area(table: Table, scale: Scale) -> Area:
    table.check_keys(AREA_KEYS, of_file=SET_KEYS)
    table.require("code", "title", "accepts")
    minimum, maximum = _limits(table, scale)
    return Area(
        code=table.code(),
        title=table.text("title", longest=160),
        minimum=minimum or ZERO,
        maximum=maximum,
        accepts=table.words("accepts") or frozenset(),
    )


def _rules(table: Table, scale: Scale, areas: tuple[Area, ...]) -> tuple[Rule, ...]:
    tables = _tables(table, "rule")
    rules = tuple(_rule(each, scale, [area.code for area in areas]) for each in tables)
    _check_codes(tables)
    return rules


def _rule(table: Table, scale: Scale, areas: list[str]) -> Rule:
    table.check_keys(RULE_KEYS, of_file=SET_KEYS)
    table.require("code", "title")
    minimum, maximum = _limits(table, scale)
    rule = Rule(
        code=table.code(),
        title=table.text("title", longest=200),
        kinds=_filter(table, "kinds"),
        subjects=_filter(table, "subjects"),
        providers=_filter(table, "providers"),
        areas=_filter(table, "areas"),
        minimum=minimum,
        maximum=maximum,
        per=_per(table),
    )
    _check_rule(table, rule, scale, areas)
    return rule


def _filter(table: Table, key: str) -> frozenset[str] | None:
    words = table.words(key)
    return None if words is None or ANY in words else words


def _per(table: Table) -> Per:
    value = table.text("per")
    if value in Per.values:
        return Per(value)
    if value.strip():
        table.note("per", f'"{value}" is not known; {suggestion(value, Per.values)}')
    return Per.CYCLE


def _limits(table: Table, scale: Scale) -> tuple[Decimal | None, Decimal | None]:
    """Minimum and maximum in points: percentages resolved, minimum rounded up to a step, maximum rounded down."""
    minimum, maximum = _minimum(table, scale), _maximum(table, scale)
    if minimum is not None and maximum is not None and minimum > maximum:
        table.note("minimum", f"{minimum} is above the maximum {maximum}; lower it or raise the maximum")
    return minimum, maximum


def _minimum(table: Table, scale: Scale) -> Decimal | None:
    limit = table.limit("minimum")
    points = _resolved(limit, scale)
    if points is None or scale.step is None:
        return points
    rounded = _rounded_up(points, scale.step)
    if rounded != points and not isinstance(limit, PartOfTotal):
        table.note("minimum", f'{points} is not a multiple of the step {scale.step}; write "{rounded}"')
    return rounded


def _maximum(table: Table, scale: Scale) -> Decimal | None:
    points = _resolved(table.limit("maximum"), scale)
    if points is None or scale.step is None:
        return points
    return (points / scale.step).to_integral_value(ROUND_FLOOR) * scale.step


def _resolved(limit: Decimal | PartOfTotal | None, scale: Scale) -> Decimal | None:
    if isinstance(limit, PartOfTotal):
        return None if scale.total is None else scale.total * limit.percent / 100
    return limit


def _rounded_up(points: Decimal, step: Decimal) -> Decimal:
    return (points / step).to_integral_value(ROUND_CEILING) * step


def _tables(table: Table, key: str) -> list[Table]:
    values = table.values.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        table.note(key, f"must be a list of tables; start each with [[{key}]]")
        return []
    return [Table(value, f"{key} {_label(value, number)}.", table.problems) for number, value in enumerate(values, 1)]


def _label(value: dict[str, object], number: int) -> str:
    code = value.get("code")
    return f'"{code}"' if isinstance(code, str) and code else str(number)


def _check_codes(tables: Iterable[Table]) -> None:
    seen = set()
    for table in tables:
        code = table.values.get("code")
        if isinstance(code, str) and code in seen:
            table.note("code", "is used twice; give each its own")
        seen.add(str(code))


def _check_sums(table: Table, areas: tuple[Area, ...], scale: Scale) -> None:
    if scale.total is None or not areas:
        return
    minima = sum(area.minimum for area in areas)
    if minima > scale.total:
        table.note(
            "total", f"the areas' minima add up to {minima}, above the total {scale.total}; lower them or raise it"
        )
    maxima = [area.maximum for area in areas if area.maximum is not None]
    if len(maxima) == len(areas) and sum(maxima) < scale.total:
        table.note(
            "total", f"the areas' maxima add up to {sum(maxima)}, below the total {scale.total}: nobody can reach it"
        )


def _check_rule(table: Table, rule: Rule, scale: Scale, areas: list[str]) -> None:
    if not {"minimum", "maximum"} & table.values.keys():
        table.note("maximum", "the rule has no limit; give it a minimum or a maximum")
    if rule.per == Per.ITEM and "minimum" in table.values:
        table.note("minimum", 'a single activity has no minimum; leave it out, or write per = "cycle"')
    if rule.minimum is not None and scale.total is not None and rule.minimum > scale.total:
        table.note("minimum", f"{rule.minimum} is above the total {scale.total}; lower it or raise the total")
    if _is_share_without_sign(rule.maximum, scale):
        table.note(
            "maximum", f'{rule.maximum} is above the total {scale.total}; lower it, or write "{rule.maximum:.0f}%"'
        )
    for code in sorted((rule.areas or frozenset()) - set(areas)):
        table.note("areas", f'there is no area "{code}"; {suggestion(code, areas)}')


def _is_share_without_sign(maximum: Decimal | None, scale: Scale) -> bool:
    """Whether a maximum above the total looks like a percentage without its sign: 25, 30, 35 and so on to 100."""
    if maximum is None or scale.total is None or maximum <= scale.total:
        return False
    return 25 <= maximum <= 100 and not maximum % 5
