"""Data export: a holder's credentials, cycles, holds, claims and requests."""

from collections.abc import Iterator

from accounts.models import Holder
from cmp_portal.lib.exports import Part, part
from credentials.models import Claim, Credential, Cycle, HoldDecision, SynchronisationRequest

OF_CREDENTIAL = {
    "credential": "credential__credential_type__code",
    "certificate_number": "credential__certificate_number",
}


def export_of(holder: Holder) -> Iterator[Part]:
    """The holder's part of the export; only claims by their own account, to protect other claimants."""
    credentials = Credential.objects.filter(holder=holder).order_by("id")
    kind = {"credential": "credential_type__code", "title": "credential_type__title"}
    yield part("credentials", credentials, "certificate_number certified_on anchor_on hold hold_at hold_reason", **kind)
    holds = HoldDecision.objects.filter(credential__holder=holder).order_by("id")
    yield part("holds", holds, "before after at reason", **OF_CREDENTIAL)
    cycles = Cycle.objects.filter(holder=holder).order_by("id")
    yield part(
        "cycles",
        cycles,
        "id starts_on ends_on declared_on shares_frozen_at closed_at",
        **OF_CREDENTIAL,
        requirements="requirement_set__version",
        requirements_for="requirement_set__credential_type__code",
    )
    claims = Claim.objects.filter(user__holder=holder).order_by("id")
    yield part("claims", claims, "certificate_number state made_at decided_at")
    requests = SynchronisationRequest.objects.filter(holder=holder).order_by("id")
    yield part("synchronisation_requests", requests, "uuid ends_on state requested_at decided_at note")
