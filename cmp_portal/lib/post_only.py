"""A page that explains a POST-only URL to people who open it, for instance by reloading."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from cmp_portal.lib.problems import is_for_programs

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class PostOnlyMiddleware:
    """Replaces the empty 405 response to a GET by a page; API clients get the status only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code != 405 or request.method != "GET" or is_for_programs(request):
            return answer
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = answer.headers["Allow"]
        return page
