"""Idempotency keys: a request that changes something is processed once, however often it is sent."""

import hashlib
from collections.abc import Callable
from typing import Annotated

import pghistory
from django.http import HttpRequest, HttpResponse
from ninja import Header
from pydantic import Field

from cmp_portal.lib import clock
from cmp_portal.lib.advisory_locks import try_job_lock
from cmp_portal.lib.problems import Problem
from education.actions.idempotency import KeyRefused, begin_keyed, keep_answer
from education.api.security import provider_in, token_in
from education.models import KeyedRequest

Key = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[!-~]+$"),
    Header(
        alias="Idempotency-Key",
        description="A unique name that you choose for this request, such as a UUID. Sent again with it, the same"
        " request gets the same answer and has no further effect; a different request with it is rejected.",
    ),
]


def once(request: HttpRequest, key: str, work: Callable[[KeyedRequest], str]) -> HttpResponse:
    """Returns the stored answer for this key, or does `work` if there is none yet.

    A lock keeps others from working under the same key; if its worker dies, the next request takes over.
    """
    provider = provider_in(request)
    with try_job_lock(f"api {provider.pk} {key}") as is_ours:
        if not is_ours:
            raise Problem(409, "The first request with this key is still running.", headers={"Retry-After": "2"})
        try:
            keyed = begin_keyed(provider=provider, key=key, sha256=_fingerprint(request), at=clock.now())
        except KeyRefused as refusal:
            raise Problem(422, str(refusal)) from None
        if keyed.status:
            return _answer(keyed, again=True)
        with pghistory.context(reason=f"provider API, token {token_in(request).prefix}"):
            body = work(keyed)
        at = max(clock.now(), keyed.begun_at)
        return _answer(keep_answer(keyed, status=200, body=body, at=at), again=False)


def _answer(keyed: KeyedRequest, *, again: bool) -> HttpResponse:
    answer = HttpResponse(keyed.body, status=keyed.status, content_type="application/json")
    if again:
        answer["Idempotent-Replayed"] = "true"
    return answer


def _fingerprint(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
