from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.urls import URLPattern, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cmp_portal.lib.body_limits import takes_up_to
from cmp_portal.lib.contention import took_too_long
from cmp_portal.lib.problems import problem
from education.api.service import api

app_name = "api"
View = Callable[..., HttpResponseBase]
BRING_JSON = {"POST", "PUT", "PATCH"}


def api_operation(view: View) -> View:
    """Wraps each operation: reads the body, requires JSON, and turns database timeouts into a retryable response."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            request._body = request.read()  # not subject to Django's limit for forms
        except UnreadablePostError:
            return problem(400, "The body is incomplete.")
        if request.method in BRING_JSON and request.body and request.content_type != "application/json":
            return problem(415, "Send the body as application/json.")
        try:
            return view(request, *args, **kwargs)
        except Exception as error:
            if not took_too_long(error):
                raise
            return problem(503, "The system is busy. Send the same request again.", headers={"Retry-After": "5"})

    return takes_up_to("API_MAX_BYTES", login_not_required(enter))


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI schema."""
    return JsonResponse(api.get_openapi_schema())


def operations() -> list[URLPattern]:
    found = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    return [URLPattern(one.pattern, api_operation(one.callback), one.default_args, one.name) for one in found]


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    *operations(),
]
