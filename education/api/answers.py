"""Responses in the shape of the schemas, built directly to avoid validating them again."""

from collections.abc import Mapping, Sequence
from typing import Any

from education.actions.intake import results_of
from education.api import schemas
from education.enums import RowOutcome
from education.models import Credit, IntakeBatch

PROBLEMS: dict[Any, Any] = {(400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503): schemas.Problem}
READING: dict[Any, Any] = {(400, 401, 403, 404, 405, 422, 429, 500, 503): schemas.Problem}
# Only the Board is told which of number, name and month is wrong; otherwise names could be guessed line by line.
NOT_FOUND = ("holder_not_found", "No holder has this number and name. The Board is looking into it.")


def receipt_of(batch: IntakeBatch, external_ids: Sequence[str] = ()) -> dict[str, Any]:
    """A receipt; without `external_ids`, only those stored with unused lines are known."""
    known: Mapping[int, str] = dict(enumerate(external_ids, start=1)) or dict(
        batch.rows.values_list("line", "external_id")
    )
    return {
        "id": str(batch.uuid),
        "received_at": batch.started_at.isoformat(),
        "lines": batch.lines,
        "posted": batch.accepted,
        "corrected": batch.corrected,
        "duplicate": batch.duplicate,
        "rejected": batch.rejected,
        "unmatched": batch.unmatched,
        "results": [
            {"line": one.line, "external_id": known.get(one.line), **_told(one.outcome, one.code, one.reason)}
            for one in results_of(batch)
        ],
    }


def _told(outcome: str, code: str, reason: str) -> dict[str, str | None]:
    if outcome == RowOutcome.UNMATCHED:
        code, reason = NOT_FOUND
    elif outcome != RowOutcome.REJECTED:
        code = reason = ""
    return {
        "outcome": "posted" if outcome == "accepted" else outcome,
        "code": code or None,
        "reason": reason or None,
    }


def completion_of(credit: Credit) -> dict[str, Any]:
    return {
        "id": str(credit.uuid),
        "external_id": credit.external_id,
        "title": credit.title,
        "kind": credit.kind.code,
        "subjects": credit.subjects,
        "completed_on": credit.completed_on.isoformat(),
        "points": str(credit.points),
        "status": "withdrawn" if credit.withdrawn_at else "completed",
        "updated_at": credit.provider_updated_at and credit.provider_updated_at.isoformat(),
        "receipt": credit.batch and str(credit.batch.uuid),
    }
