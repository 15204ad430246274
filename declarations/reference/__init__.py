"""The wording a holder signs."""

from pathlib import Path
from typing import Any

from cmp_portal.lib.reference import Loaded, rows_of, upsert
from declarations.models import Attestation, Declaration

FOLDER = Path(__file__).parent


class SignedWording(Exception):
    """A wording that was signed already can't change; it needs a new version."""


def load() -> list[Loaded]:
    """Brings the table in line with the file beside this one; SignedWording when that would rewrite what was signed."""
    rows = rows_of(FOLDER / "attestations.toml", "attestation")
    for row in rows:
        row["text"] = row["text"].strip()
    _refuse_rewriting(rows)
    return [upsert(Attestation, rows, key=("version",))]


def _refuse_rewriting(rows: list[dict[str, Any]]) -> None:
    signed = Declaration.objects.filter(attestation__isnull=False).values("attestation")
    kept = dict(Attestation.objects.filter(pk__in=signed).values_list("version", "text"))
    for row in rows:
        if kept.get(row["version"], row["text"]) != row["text"]:
            raise SignedWording(f"attestation {row['version']} has been signed: give the new wording a new version")
