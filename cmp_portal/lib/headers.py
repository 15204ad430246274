"""Security and caching headers of every response: pages, files, redirects and errors alike."""

from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Features the site does not use, and so denies; passkeys need publickey-credentials for the site itself.
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

# On logout, browsers drop cached pages, including those behind the back button. The site keeps nothing in storage.
FORGET = '"cache"'
# A page that browsers keep, but must ask about. Behind the back button they don't, unless no request can match it.
ASKED_ABOUT = "private, no-cache"
ALWAYS = {"Permissions-Policy": PERMISSIONS, "Cross-Origin-Resource-Policy": "same-origin"}


class HeadersMiddleware:
    """Outermost middleware, so that no response escapes it.

    A response without Cache-Control is taken to be personal, and must not be stored.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if response.headers["Cache-Control"] == ASKED_ABOUT:
            response.headers["Vary"] = "*"
        if getattr(request, "login_ended", False):
            response.headers["Clear-Site-Data"] = FORGET
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's policy, built once; only the few responses that change it get one of their own.

    No page has inline scripts or styles, so none needs a nonce.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._usual)
        return response

    @cached_property
    def _usual(self) -> str:
        return build_policy()
