"""Subjects, kinds of activity and credential types, as the Board publishes them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from cmp_portal.lib.reference import Loaded, UnusableReference, numbered, rows_of, upsert
from credentials.enums import Unit
from credentials.models import ActivityKind, CredentialType, KindUnit, Subject

FOLDER = Path(__file__).parent
HUNDREDTH = Decimal("0.01")
# The columns of a credential type that are added to days, with the least of each.
YEARS = {"cycle_years": 1, "reexamination_after_years": 0}
MOST_YEARS = 100


def load() -> list[Loaded]:
    """Upsert the reference tables from the files in this folder."""
    kinds = rows_of(FOLDER / "kinds.toml", "kind", need=("code", "points_per_unit"))
    return [
        upsert(Subject, numbered(rows_of(FOLDER / "subjects.toml", "subject"))),
        upsert(ActivityKind, numbered([_kind(row) for row in kinds])),
        upsert(KindUnit, _units(kinds), key=("kind_id", "unit")),
        upsert(CredentialType, [_type(row) for row in rows_of(FOLDER / "types.toml", "type")]),
    ]


def _type(row: dict[str, Any]) -> dict[str, Any]:
    """The row, unless its years lead beyond the calendar; raises UnusableReference."""
    for name, least in YEARS.items():
        years = row.get(name)
        if isinstance(years, int) and not least <= years <= MOST_YEARS:
            where = f"types.toml: {row.get('code', 'type')}: {name}"
            raise UnusableReference(f"{where}: {years} is not a number of years from {least} to {MOST_YEARS}")
    return {"mandatory_from": None, **row}


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    blank = {"counts": True, "evidence": ""}
    return {**blank, **{name: value for name, value in row.items() if name != "points_per_unit"}}


def _units(kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = dict(ActivityKind.objects.values_list("code", "pk"))
    return [
        {"kind_id": ids[kind["code"]], "unit": unit, "points_per_unit": points}
        for kind in kinds
        for unit, points in _points(kind)
    ]


def _points(kind: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Each unit with its points; raises UnusableReference."""
    where = f"kinds.toml: {kind['code']}: points_per_unit"
    try:
        points = [(unit, Decimal(worth).quantize(HUNDREDTH)) for unit, worth in kind["points_per_unit"].items()]
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        raise UnusableReference(f'{where}: write, for example, {{ contact-hour = "1" }}, or {{}} for none') from None
    for unit, worth in points:
        if unit not in Unit.values:
            raise UnusableReference(f"{where}: {unit}: unknown unit; use one of: {', '.join(Unit.values)}")
        if worth <= 0:
            raise UnusableReference(f"{where}: {unit}: must be more than zero, or leave the unit out")
    return points
