"""Keeps a form that was submitted after the session had expired until its sender has logged in again."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from cmp_portal.lib import addresses

GetResponse = Callable[[HttpRequest], HttpResponseBase]
KEPT = "unsent"
# The user whose session expired in this browser, until someone logs in again.
WHOSE = "login_ended_of"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)
# Forms with passwords or one-time codes are not kept.
SECRET = re.compile(r"password|^code$")


class PendingFormMiddleware:
    """Shows the kept form once, to its sender at the URL it was sent to; runs after all access checks."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if request.method == "POST" and (user := request.session.get(WHOSE)):
            _keep(request, answer, user=user)
        return answer

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        kept: dict[str, Any] | None = request.session.get(KEPT) if request.method == "GET" else None
        user = request.session.get(SESSION_KEY) if kept else None
        if kept is None or user is None:
            return None
        is_theirs, is_there = user == kept["user"], request.get_full_path() == kept["path"]
        if is_there or not is_theirs:
            del request.session[KEPT]
        return render(request, "unsent.html", {"kept": kept}) if is_theirs and is_there else None


def _keep(request: HttpRequest, answer: HttpResponseBase, *, user: str) -> None:
    """Keep it in the new session, if it came from one of our pages and was answered by asking to log in."""
    is_ours = getattr(request, "csrf_processing_done", False)
    to_login = answer.headers.get("Location", "").startswith(addresses.page("account_login"))
    if is_ours and to_login and not any(map(SECRET.search, request.POST)):
        request.session[KEPT] = {
            "user": user,
            "path": request.get_full_path(),
            "back": addresses.came_from(request, otherwise=addresses.page("account:dashboard")),
            "fields": [(name, text) for name, texts in request.POST.lists() if name != TOKEN for text in texts],
            "had_files": bool(request.FILES),
        }
