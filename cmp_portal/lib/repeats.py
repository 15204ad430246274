"""A form about a login, sent again at once, changes nothing more and is answered as it was.

Codes, links and challenges are good for one use, and a new password ends the session that asked for it. So of two equal
requests the second would read that its code is wrong, or that it has to log in, about what has just gone well.
"""

import pickle
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac

from cmp_portal.lib.alone import in_turn

Response = Callable[[HttpRequest], HttpResponseBase]
# allauth's views, and the portal's own that ends with a logout.
OF_A_LOGIN = ("account_", "mfa_", "usersessions_", "close")
REMEMBERED = 10  # seconds
FOUND = 302


class RepeatMiddleware:
    """Stands before the session, since an answer brings a new one.

    Without the cache repeats come one after the other still, and are answered by what they find.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (sent := _sent(request)) is None:
            return self.get_response(request)
        with in_turn(sent.name):
            return sent.answer() or self._answered(request, sent)

    def _answered(self, request: HttpRequest, sent: "Sent") -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code == FOUND:
            sent.keep(answer)
        return answer


@dataclass(frozen=True)
class Sent:
    """One rendering of a form, filled in, from one browser.

    Its answer is sealed with what only that browser has sent: the cache gives no session to whoever looks into it.
    """

    content: bytes

    @property
    def name(self) -> str:
        return f"sent:{salted_hmac('repeats.name', self.content, algorithm='sha256').hexdigest()}"

    def answer(self) -> HttpResponseBase | None:
        if (sealed := cache.get(self.name)) is None:
            return None
        answer: HttpResponseBase = pickle.loads(self._seal.decrypt(sealed))  # noqa: S301 (nobody else can seal)
        return answer

    def keep(self, answer: HttpResponseBase) -> None:
        cache.set(self.name, self._seal.encrypt(pickle.dumps(answer)), REMEMBERED)

    @property
    def _seal(self) -> Fernet:
        return Fernet(urlsafe_b64encode(salted_hmac("repeats.seal", self.content, algorithm="sha256").digest()))


def _sent(request: HttpRequest) -> Sent | None:
    """The token against forgery is another one in each rendering of a form."""
    if request.method != "POST" or not _is_of_a_login(request):
        return None
    try:
        request.body  # noqa: B018 (read as a whole, or refused, before any file of it is kept)
    except (RequestDataTooBig, UnreadablePostError):
        return None
    if not request.POST.get("csrfmiddlewaretoken"):
        return None
    cookies = [request.COOKIES.get(name) for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)]
    return Sent(repr((request.get_full_path(), cookies, sorted(request.POST.lists()))).encode())


def _is_of_a_login(request: HttpRequest) -> bool:
    """Notes where the request leads, for the line in the log."""
    try:
        request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return False
    return request.resolver_match.view_name.startswith(OF_A_LOGIN)
