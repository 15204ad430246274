"""Deliver, correct and withdraw: lines are processed in the same way as those of any feed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from cmp_portal.lib import clock
from cmp_portal.lib.feeds.mappings import Rows
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.problems import Problem
from education.actions import intake
from education.api import schemas
from education.api.answers import PROBLEMS, receipt_of
from education.api.idempotency import Key, once
from education.api.security import Token, provider_in, router
from education.enums import ApiScope
from education.models import Credit, KeyedRequest, Provider

WRITE: dict[str, Any] = {
    "auth": Token(ApiScope.WRITE),
    "tags": ["Deliver"],
    "response": {200: schemas.Receipt, **PROBLEMS},
}
Line = Mapping[str, Any]
MOMENT = timedelta(microseconds=1)


@router.post(
    "completions",
    **WRITE,
    url_name="completions",
    operation_id="deliver",
    summary="Deliver completions",
)
def deliver(request: HttpRequest, key: Key, deliveries: schemas.Deliveries) -> HttpResponse:
    """Send 1 to 10,000 completions: new, corrected (same `external_id`) or withdrawn. Each gets its own result."""
    lines = [vars(completion) for completion in deliveries.completions]
    return once(request, key, lambda keyed: take_in(keyed, provider_in(request), lines))


@router.patch(
    "completions/{uuid:id}",
    **WRITE,
    url_name="completion",
    operation_id="correct",
    summary="Correct a completion",
)
def correct(request: HttpRequest, id: UUID, key: Key, correction: schemas.Correction) -> HttpResponse:
    """Changes the fields you send, as of `updated_at` or else now. To change a withdrawn one, deliver it again."""
    credit = own(request, id)
    said = {name: value for name, value in vars(correction).items() if value is not None}

    def work(keyed: KeyedRequest) -> str:
        if credit.withdrawn_at is not None:
            raise Problem(409, "This completion is withdrawn. Deliver it again to restore it.")
        return take_in(keyed, credit.provider, [{**line_of(credit, keyed), **said}])

    return once(request, key, work)


@router.post(
    "completions/{uuid:id}/withdraw",
    **WRITE,
    url_name="withdraw",
    operation_id="withdraw",
    summary="Withdraw a completion",
)
def withdraw(request: HttpRequest, id: UUID, key: Key) -> HttpResponse:
    """The holder can no longer count it. Declarations that already include it stay unchanged. No body is needed."""
    credit = own(request, id)
    return once(
        request,
        key,
        lambda keyed: take_in(keyed, credit.provider, [{**line_of(credit, keyed), "status": "withdrawn"}]),
    )


def own(request: HttpRequest, id: UUID) -> Credit:
    credits = Credit.objects.select_related("provider", "holder", "kind")
    return get_object_or_404(credits, uuid=id, provider=provider_in(request))


def line_of(credit: Credit, keyed: KeyedRequest) -> dict[str, Any]:
    """A completion as its provider would deliver it again."""
    return {
        "external_id": credit.external_id,
        "customer_number": credit.holder.customer_number,
        "title": credit.title,
        "kind": credit.kind.code,
        "subjects": credit.subjects,
        "completed_on": credit.completed_on.isoformat(),
        "points": str(credit.points),
        "updated_at": _later(credit, keyed).isoformat(),
    }


def _later(credit: Credit, keyed: KeyedRequest) -> datetime:
    """Now, or just after the provider's last timestamp, in case its clock is ahead of ours."""
    said_at = credit.provider_updated_at
    return max(keyed.begun_at, said_at + MOMENT) if said_at else keyed.begun_at


def take_in(keyed: KeyedRequest, provider: Provider | None, lines: Sequence[Line]) -> str:
    """Receives the lines and returns the receipt. The feed's digest is the request's own, so a retry resumes it."""
    assert provider is not None  # noqa: S101 (asked for by it)
    at = keyed.begun_at
    columns = intake.columns(on=clock.today())
    feed = Rows(lines, columns, sha256=hashlib.sha256(keyed.uuid.bytes).hexdigest())
    try:
        batch = intake.receive(feed=feed, provider=provider, name=f"API: {keyed.key}", at=at).batch
    except UnusableFile as refusal:
        raise Problem(409, str(refusal)) from None
    return json.dumps(receipt_of(batch, [line["external_id"] for line in lines]))
