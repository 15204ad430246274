"""Subjects, kinds of activity and credential types, as the Board publishes them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from cmp_portal.lib.reference import Loaded, numbered, rows_of, upsert
from credentials.models import ActivityKind, CredentialType, KindUnit, Subject

FOLDER = Path(__file__).parent


def load() -> list[Loaded]:
    """Upsert the reference tables from the files in this folder."""
    kinds = rows_of(FOLDER / "kinds.toml", "kind")
    return [
        upsert(Subject, numbered(rows_of(FOLDER / "subjects.toml", "subject"))),
        upsert(ActivityKind, numbered([_kind(row) for row in kinds])),
        upsert(KindUnit, _units(kinds), key=("kind_id", "unit")),
        upsert(CredentialType, [{"mandatory_from": None, **row} for row in rows_of(FOLDER / "types.toml", "type")]),
    ]


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    blank = {"counts": True, "evidence": ""}
    return {**blank, **{name: value for name, value in row.items() if name != "points_per_unit"}}


def _units(kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = dict(ActivityKind.objects.values_list("code", "pk"))
    return [
        {"kind_id": ids[kind["code"]], "unit": unit, "points_per_unit": Decimal(points).quantize(Decimal("0.01"))}
        for kind in kinds
        for unit, points in kind["points_per_unit"].items()
    ]
