"""Reference data: the attestation, and the fee schedule."""

from pathlib import Path
from typing import Any

from cmp_portal.lib.reference import Loaded, add_missing, rows_of, upsert
from credentials.models import CredentialType
from declarations.models import Attestation, Declaration, FeeFamily, FeeRate

FOLDER = Path(__file__).parent
LIMITS = {
    "fee_rate_amount_is_not_negative": "amount must be 0 or more; leave it out while it is not known",
    "fee_rate_reduced_is_no_more": "reduced must be 0 or more, and no more than the amount",
}


class SignedWording(Exception):
    """An attestation that has been signed can't change; it needs a new version."""


def load() -> list[Loaded]:
    """Upsert attestations and add missing fee rows from the files in this folder.

    Raises SignedWording if that would rewrite an attestation that was signed.
    """
    rows = rows_of(FOLDER / "attestations.toml", "attestation", need=("version", "text"))
    for row in rows:
        row["text"] = str(row["text"]).strip()
    _refuse_rewriting(rows)
    return [upsert(Attestation, rows, key=("version",)), *_load_fees()]


def _load_fees() -> list[Loaded]:
    """Add the rows that are missing; families of credential types not loaded yet are left for later."""
    file = FOLDER / "fees.toml"
    rates = [{"family": "", **row} for row in rows_of(file, "rate", others=("family",))]
    types = dict(CredentialType.objects.values_list("code", "pk"))
    families = [
        {**row, "credential_type_id": types[code]}
        for row in rows_of(file, "family", need=("credential_type",), others=("rate",))
        if (code := row.pop("credential_type")) in types
    ]
    return [
        add_missing(FeeRate, rates, key=("kind", "family", "applies_from"), limits=LIMITS),
        add_missing(FeeFamily, families, key=("credential_type_id",)),
    ]


def _refuse_rewriting(rows: list[dict[str, Any]]) -> None:
    signed = Declaration.objects.filter(attestation__isnull=False).values("attestation")
    kept = dict(Attestation.objects.filter(pk__in=signed).values_list("version", "text"))
    for row in rows:
        if kept.get(row["version"], row["text"]) != row["text"]:
            raise SignedWording(f"attestation {row['version']} has been signed: give the new wording a new version")
