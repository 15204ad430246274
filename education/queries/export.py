"""What a holder completed, how they prove it, and where it counts."""

from collections.abc import Iterator

from accounts.models import Holder
from cmp_portal.lib.exports import Part, part
from education.models import Allocation, Credit, Dispute, Evidence, Match


def export_of(holder: Holder) -> Iterator[Part]:
    """Documents by name, digest and size: whoever has one can tell that it is the one."""
    credits = Credit.objects.filter(holder=holder).order_by("id")
    told = "uuid provider_name external_id title subjects completed_on unit quantity points"
    moments = "created_at corrected_at withdrawn_at"
    yield part("credits", credits, f"{told} {moments}", kind="kind__code", provider="provider__title")
    documents = Evidence.objects.filter(holder=holder).order_by("id")
    yield part(
        "evidence",
        documents,
        "uuid name media_type size sha256 uploaded_at removed_at condition",
        credit="credit__uuid",
    )
    shares = Allocation.objects.filter(holder=holder).order_by("id")
    yield part("allocations", shares, "points", cycle="cycle_id", credit="credit__uuid", area="area__code")
    disputes = Dispute.objects.filter(holder=holder).order_by("id")
    yield part("disputes", disputes, "note raised_at state answer decided_at", credit="credit__uuid")
    matches = Match.objects.filter(holder=holder).order_by("id")
    yield part(
        "matches",
        matches,
        "uuid external_id state reasons similarity said created_at decided_at",
        recorded="recorded__uuid",
        delivered="delivered__uuid",
        provider="provider__title",
    )
