"""What is signed in a declaration, share by share and as a whole, as plain data from which digests are computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from credentials.models import Cycle
from credentials.queries import requirements_by_id
from credentials.rules import plain_requirements
from declarations.models import Attestation, Declaration
from declarations.rules import digest_of
from education.models import Allocation, Evidence
from education.queries import provider_of
from education.rules import CreditId, Standing

Plain = dict[str, Any]
# A share as it was signed, read back.
Content = Mapping[str, Any]
FORMAT = 1


def contents_of(cycle: Cycle) -> list[Plain]:
    """Every share as it would be signed, ordered by area and date."""
    shares = Allocation.objects.filter(cycle=cycle).select_related("area", "credit__kind", "credit__provider")
    digests: dict[int, list[str]] = {}
    documents = Evidence.objects.filter(credit__allocations__cycle=cycle, removed_at=None).distinct()
    for credit, digest in documents.order_by("id").values_list("credit", "sha256"):
        digests.setdefault(credit, []).append(digest)
    ordered = shares.order_by("area__position", "credit__completed_on", "credit", "id")
    return [_content(share, digests.get(share.credit_id, [])) for share in ordered]


def _content(share: Allocation, digests: list[str]) -> Plain:
    """Includes `id` because the rules engine breaks ties by it: without it, the same rules could give other reasons."""
    credit = share.credit
    return {
        "area": share.area.code,
        "area_title": share.area.title,
        "points": str(share.points),
        "credit": str(credit.uuid),
        "id": credit.pk,
        "title": credit.title,
        "provider": provider_of(credit),
        "provider_code": credit.provider.code if credit.provider else None,
        "external_id": credit.external_id or "",
        "kind": credit.kind.code,
        "subjects": sorted(credit.subjects),
        "completed_on": credit.completed_on.isoformat(),
        "credit_points": str(credit.points),
        "evidence": digests,
    }


def signed_contents(declaration: Declaration) -> list[Plain]:
    """The shares of the newest submission, as signed."""
    rows = declaration.declared.order_by("submission", "position").values_list("submission", "content")
    newest = max((submission for submission, _content in rows), default=0)
    return [content for submission, content in rows if submission == newest]


def terms_of(cycle: Cycle, attestation: Attestation) -> tuple[Plain, Plain]:
    """The terms that are signed: the cycle's requirements, and the attestation."""
    requirements = requirements_by_id([cycle.requirement_set])[cycle.requirement_set_id]
    return plain_requirements(requirements), plain_wording(attestation)


def plain_wording(attestation: Attestation) -> Plain:
    return {"version": attestation.version, "text": attestation.text}


@dataclass(frozen=True)
class ToSign:
    """Everything a holder is shown and signs: shares, requirements and attestation."""

    contents: list[Plain]
    terms: tuple[Plain, Plain]

    @property
    def digest(self) -> str:
        return digest_of({"shares": self.contents, "terms": list(self.terms)})


def to_sign(cycle: Cycle, attestation: Attestation) -> ToSign:
    """What would be signed now."""
    return ToSign(contents_of(cycle), terms_of(cycle, attestation))


def seal_of(
    declaration: Declaration, signed: ToSign, standing: Standing, *, submission: int, previous_seal: str, at: datetime
) -> Plain:
    """The content of a submission's seal; the cycle and its credential must be loaded."""
    requirements, wording = signed.terms
    names = {content["id"]: content["credit"] for content in signed.contents}
    return {
        "format": FORMAT,
        **plain_receipt(declaration),
        "submission": submission,
        "submitted_at": plain_moment(at),
        "previous_seal": previous_seal,
        "attestation": {"version": wording["version"], "sha256": digest_of(wording)},
        "requirements": {"version": requirements["version"], "sha256": digest_of(requirements)},
        "shares": len(signed.contents),
        **plain_standing(standing, names),
    }


def plain_receipt(declaration: Declaration) -> Plain:
    """What the declaration's own row says about a submission, and what it concerns."""
    cycle = declaration.cycle
    return {
        "number": declaration.number,
        "received_at": plain_moment(declaration.received_at),
        "received_on": _day(declaration.received_on),
        "credential": cycle.credential.credential_type.code,
        "certificate_number": cycle.credential.certificate_number,
        "cycle": {"starts_on": _day(cycle.starts_on), "ends_on": _day(cycle.ends_on)},
        "window": {"starts_on": _day(declaration.window_starts_on), "ends_on": _day(declaration.window_ends_on)},
    }


def plain_standing(standing: Standing, names: Mapping[CreditId, str]) -> Plain:
    """The totals, and for every credit what became of its points, and why."""
    return {
        "total": {"needed": str(standing.total.needed), "counted": str(standing.total.counted)},
        "areas": {area.code: str(area.counted) for area in standing.areas},
        "reasons": {names[one.id]: _reasons(one.reasons) for one in standing.credits if one.id in names},
    }


def _reasons(reasons: Iterable[Any]) -> list[Plain]:
    return [
        {"reason": one.reason.value, "points": str(one.points), "area": one.area, "rule": one.rule} for one in reasons
    ]


def plain_moment(at: datetime | None) -> str:
    """ISO 8601 in UTC, so that it doesn't depend on the time zone."""
    return at.astimezone(UTC).isoformat() if at else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
