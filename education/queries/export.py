"""A holder's data export: what they completed, how they prove it, and where it counts."""

from collections.abc import Iterator

from accounts.models import Holder
from cmp_portal.lib.exports import Part, part
from education.models import Allocation, Credit, Dispute, Evidence, Match

FROM = {"provider": "provider__title", "provider_code": "provider__code"}
AREA = {
    "area": "area__code",
    "requirements": "area__requirement_set__version",
    "requirements_for": "area__requirement_set__credential_type__code",
}


def export_of(holder: Holder) -> Iterator[Part]:
    """The parts of the export. Documents are listed by name, digest and size, which identify the file."""
    credits = Credit.objects.filter(holder=holder).order_by("id")
    told = "uuid provider_name external_id title subjects completed_on unit quantity points"
    moments = "created_at corrected_at withdrawn_at provider_updated_at decided_at"
    yield part("credits", credits, f"{told} {moments}", kind="kind__code", **FROM)
    documents = Evidence.objects.filter(holder=holder).order_by("id")
    yield part(
        "evidence",
        documents,
        "uuid name media_type size sha256 uploaded_at removed_at condition checked_at",
        credit="credit__uuid",
    )
    shares = Allocation.objects.filter(holder=holder).order_by("id")
    yield part("allocations", shares, "points", cycle="cycle_id", credit="credit__uuid", **AREA)
    disputes = Dispute.objects.filter(holder=holder).order_by("id")
    yield part("disputes", disputes, "note raised_at state answer decided_at", credit="credit__uuid")
    matches = Match.objects.filter(holder=holder).order_by("id")
    yield part(
        "matches",
        matches,
        "uuid external_id state reasons similarity said created_at decided_at",
        recorded="recorded__uuid",
        delivered="delivered__uuid",
        **FROM,
    )
