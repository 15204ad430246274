"""API errors as problem details (RFC 9457), whatever part of the stack refuses the request."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]
MEDIA_TYPE = "application/problem+json"
# Paths for programs only; the page that explains the API to people is the prefix itself.
PREFIX = "/api/"
# Headers that describe the HTML page, which is not sent.
OF_THE_PAGE = ("Content-Type", "Content-Length", "Content-Language", "Content-Encoding", "ETag", "Vary", "Set-Cookie")


class Problem(Exception):
    """Ends a request with an error response; `detail` says in a sentence what to do."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more

    def answer(self) -> HttpResponse:
        return problem(self.status, self.detail, headers=self.headers, **self.more)


def problem(status: int, detail: str = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    """A problem response; empty members are left out."""
    members = {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail, **more}
    content = json.dumps({name: value for name, value in members.items() if value not in ("", None)})
    return HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def title_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"


class ProgramsMiddleware:
    """Ignores cookies below /api/, and turns every error response there into problem details."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_for_programs(request):
            return self.get_response(request)
        request.COOKIES = {}
        answer = self.get_response(request)
        if answer.status_code < 400 or answer.headers.get("Content-Type") == MEDIA_TYPE:
            return answer
        kept = {name: value for name, value in answer.items() if name not in OF_THE_PAGE}
        return problem(answer.status_code, headers=kept)


def is_for_programs(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX) and request.path_info != PREFIX
