"""The answer as text: numbers in aligned columns, words in the last one, wrapped to the width of the terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from credentials.enums import Per
from education.checking.answer import Answer, period_name, written
from education.rules import AreaStanding, CreditStanding, RuleStanding

GAP = "  "
NONE = "-"
NARROWEST = 24
Row = Sequence[str]


def report(found: Answer, width: int) -> str:
    """The whole report in lines of at most `width`, or somewhat more if that is too narrow to read."""
    sections = [_head(found, width), _areas(found, width)]
    for title, lines in (
        ("Rules", _rules(found, width)),
        ("Credits", _credits(found, width)),
        ("Shares", _shares(found, width)),
    ):
        if lines:
            sections.append([title, *lines])
    return "\n\n".join("\n".join(lines) for lines in sections)


def _head(found: Answer, width: int) -> list[str]:
    requirements, window = found.inputs.requirements, found.standing.window
    unverified = "" if requirements.verified else ", unverified"
    title = f"{requirements.credential}: {requirements.title} (version {requirements.version}{unverified})"
    verdict = "COMPLETE" if found.standing.is_complete else "NOT COMPLETE"
    return [
        *_wrapped(title, width),
        f"Days that count: {window.starts_on} to {window.ends_on}",
        "",
        *_wrapped(f"{verdict}. {found.proof}", width),
    ]


def _areas(found: Answer, width: int) -> list[str]:
    total = found.standing.total
    rows = [_area(area) for area in found.standing.areas]
    rows.append((written(total.needed), written(total.counted), _or_none(total.missing), "Total"))
    return table(("Needed", "Counted", "Missing", "Area"), rows, width)


def _area(area: AreaStanding) -> Row:
    most = "" if area.maximum is None else f" (at most {written(area.maximum)})"
    return _or_none(area.needed), written(area.counted), _or_none(area.missing), area.title + most


def _rules(found: Answer, width: int) -> list[str]:
    rows = [row for rule in found.standing.rules for row in _rule(rule)]
    return table(("Minimum", "Maximum", "Counted", "Missing", "Rule"), rows, width) if rows else []


def _rule(rule: RuleStanding) -> Iterator[Row]:
    """One row, or one per year for a yearly rule."""
    limits = _or_none(rule.minimum), NONE if rule.maximum is None else written(rule.maximum)
    if rule.per == Per.ITEM:
        yield (*limits, NONE, NONE, f"{rule.title} (each activity)")
        return
    for period in rule.periods:
        of = f" ({period_name(period.of)})" if rule.per == Per.YEAR else ""
        yield (*limits, written(period.counted), _or_none(period.missing), rule.title + of)


def _credits(found: Answer, width: int) -> list[str]:
    facts = {credit.id: credit for credit in found.inputs.credits}

    def row(credit: CreditStanding) -> Row:
        fact = facts[credit.id]
        name = " ".join(filter(None, [str(credit.id), fact.title]))
        words = f"{name}: {found.sentence(credit)}"
        return written(credit.points), written(credit.counted), fact.completed_on.isoformat(), words

    rows = [row(credit) for credit in found.standing.credits]
    return table(("Points", "Counted", "Completed", "Credit"), rows, width) if rows else []


def _shares(found: Answer, width: int) -> list[str]:
    titles = {area.code: area.title for area in found.inputs.requirements.areas}
    rows = [(written(share.points), f"{share.credit} in {titles[share.area]}") for share in found.shares]
    return table(("Points", "Credit and area"), rows, width) if rows else []


# --- Columns ----------------------------------------------------------------------------------------------------------


def table(headings: Row, rows: Sequence[Row], width: int) -> list[str]:
    """Lines of aligned columns: right-aligned except for the last, which is left-aligned and wrapped."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)][:-1]
    indent = sum(widths) + len(GAP) * len(widths)
    room = max(NARROWEST, width - indent)
    return [line for row in (headings, *rows) for line in _lines(row, widths, indent, room)]


def _lines(row: Row, widths: Iterable[int], indent: int, room: int) -> Iterator[str]:
    numbers = "".join(f"{cell:>{size}}{GAP}" for cell, size in zip(row[:-1], widths, strict=True))
    first, *more = _wrapped(row[-1], room)
    yield numbers + first
    yield from (" " * indent + line for line in more)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(NARROWEST, width), break_on_hyphens=False) or [""]


def _or_none(points: Decimal | None) -> str:
    return written(points) if points else NONE
