"""What every answer tells the browser about itself, whoever made it: a page, a file, a redirect or an error."""

from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

Response = Callable[[HttpRequest], HttpResponseBase]

# Nothing of this is used; passkeys ask this site for publickey-credentials.
REFUSED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
)
OWN = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join([f"{feature}=()" for feature in REFUSED] + [f"{feature}=(self)" for feature in OWN])

# What a browser may have kept of a login's pages, those behind its back button too. Its storage has nothing of ours.
FORGET = '"cache"'
ALWAYS = {"Permissions-Policy": PERMISSIONS, "Cross-Origin-Resource-Policy": "same-origin"}


class HeadersMiddleware:
    """Stands outermost, so that no answer passes it by.

    What does not say how long it may be kept is about a person, and kept by nobody.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if getattr(request, "login_ended", False):
            response.headers["Clear-Site-Data"] = FORGET
        return response


class PolicyMiddleware(CSPMiddleware):
    """The policy of django-csp, put together once: few answers change something of it and have one of their own.

    No page carries code or style of its own, so that none needs a nonce.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._usual)
        return response

    @cached_property
    def _usual(self) -> str:
        return build_policy()
