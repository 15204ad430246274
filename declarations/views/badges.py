"""Badges for download by their holders, and what verifiers of badges fetch."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock, signing
from declarations import actions, queries

SIGNED = "application/vc+jwt"
# Keys are fetched often and change rarely; suspensions and revocations must be seen soon.
KEYS_KEPT, LIST_KEPT = "public, max-age=3600", "public, max-age=300"


@require_GET
@permission_required(Permission.OWN_RECORD)
def badge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The badge as a download."""
    proof = get_object_or_404(queries.proofs_of(user_of(request)), uuid=uuid)
    if not signing.can_sign() or not queries.is_readable(proof):
        raise Http404
    answer = HttpResponse(actions.badge_of(proof=proof, at=clock.now()), content_type=SIGNED)
    answer["Content-Disposition"] = f'attachment; filename="{queries.badge_name(proof)}"'
    return answer


def published(kept: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For views that are public, open to every origin (CORS), and cached; 404 without a signing key."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @login_not_required
        @require_GET
        @wraps(view)
        def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not signing.can_sign():
                raise Http404
            answer = view(request, **kwargs)
            answer["Cache-Control"] = kept
            answer["Access-Control-Allow-Origin"] = "*"
            answer["Cross-Origin-Resource-Policy"] = "cross-origin"
            return answer

        return answered

    return decorate


@published(KEYS_KEPT)
def did(request: HttpRequest) -> HttpResponse:
    return JsonResponse(signing.did_document(), content_type="application/did+json")


@published(KEYS_KEPT)
def jwks(request: HttpRequest) -> HttpResponse:
    return JsonResponse(signing.jwks(), content_type="application/jwk-set+json")


@published(LIST_KEPT)
def status_list(request: HttpRequest, number: int, purpose: str) -> HttpResponse:
    """The badges of a list that are currently suspended or revoked."""
    if purpose not in list(queries.Purpose):
        raise Http404
    found = queries.status_list(number, queries.Purpose(purpose), at=clock.now())
    if found is None:
        raise Http404
    return HttpResponse(found, content_type=SIGNED)
