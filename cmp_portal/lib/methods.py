"""Addresses at which only buttons do something: whoever opens one, as by reloading it, is told so."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from cmp_portal.lib.problems import is_for_programs

Response = Callable[[HttpRequest], HttpResponseBase]


class ButtonsMiddleware:
    """Puts a page in place of the empty answer; programs read its status."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code != 405 or request.method != "GET" or is_for_programs(request):
            return answer
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = answer.headers["Allow"]
        return page
