"""What a provider may read: its own completions and receipts, and whether a number belongs to a name."""

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from ninja import Query
from pydantic import Field

from cmp_portal.lib.problems import Problem
from education import queries
from education.api import schemas
from education.api.answers import PROBLEMS, READING, completion_of, receipt_of
from education.api.delivering import own
from education.api.security import Token, keep_pace, provider_in, router, token_in
from education.enums import ApiScope
from education.models import IntakeBatch

READ: dict[str, Any] = {"auth": Token(ApiScope.READ), "tags": ["Read"]}
HOUR, DAY = 60 * 60, 24 * 60 * 60


@router.get(
    "completions",
    **READ,
    response={200: schemas.Page, **READING},
    url_name="completions",
    operation_id="list",
    summary="List completions",
)
def list_completions(
    request: HttpRequest,
    after: Annotated[str, Query("", description="`next` from the previous page.")],
    external_id: Annotated[str | None, Query(None, description="Return only the completion with this identifier.")],
    limit: Annotated[int, Field(ge=1, le=500), Query(100)],
) -> JsonResponse:
    """Everything you delivered that was posted, including withdrawn completions, ordered by your identifier."""
    if unknown := sorted(request.GET.keys() - {"after", "external_id", "limit"}):
        raise Problem(422, "Unknown query parameter.", errors=[{"pointer": "query", "detail": unknown[0][:100]}])
    found = queries.completions_of(provider_in(request), after=after, external_id=external_id, most=limit + 1)
    page, more = found[:limit], len(found) > limit
    completions = [completion_of(credit) for credit in page]
    return JsonResponse({"completions": completions, "next": page[-1].external_id if more else None})


@router.get(
    "completions/{uuid:id}",
    **READ,
    response={200: schemas.Completion, **READING},
    url_name="completion",
    operation_id="read",
    summary="Read a completion",
)
def read_completion(request: HttpRequest, id: UUID) -> JsonResponse:
    return JsonResponse(completion_of(own(request, id)))


@router.get(
    "receipts/{uuid:id}",
    **READ,
    response={200: schemas.Receipt, **READING},
    url_name="receipt",
    operation_id="receipt",
    summary="Read a receipt",
)
def read_receipt(request: HttpRequest, id: UUID) -> JsonResponse:
    """The outcomes of a request's lines, or of a file that the Board imported for you."""
    batch = get_object_or_404(IntakeBatch, uuid=id, provider=provider_in(request))
    return JsonResponse(receipt_of(batch))


@router.post(
    "holders/check",
    auth=Token(ApiScope.CHECK),
    response={200: schemas.Match, **PROBLEMS},
    url_name="check",
    operation_id="check",
    summary="Check a holder",
    tags=["Check"],
)
def check(request: HttpRequest, question: schemas.Question) -> JsonResponse:
    """Whether the number belongs to someone with this name and, if you send it, this birth month: yes or no."""
    token = token_in(request)
    keep_pace("checks", token, amount=settings.API_CHECKS_PER_HOUR, per=HOUR)
    keep_pace("number", token, amount=settings.API_CHECKS_PER_NUMBER, per=DAY, about=question.customer_number)
    is_match = queries.is_holder(
        customer_number=question.customer_number, last_name=question.last_name, birth_month=question.birth_month
    )
    return JsonResponse({"match": is_match})
