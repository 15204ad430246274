"""Idempotent account forms: a form sent twice in quick succession takes effect once and gets the same answer twice.

Codes, links and challenges are good for one use, and a new password ends the session that set it. Without this, the
second of two equal requests would report a wrong code or ask for a login, although all went well.
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

from cmp_portal.lib.advisory_locks import job_lock

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# allauth's views, and the portal's view for closing an account, which ends with a logout.
OF_A_LOGIN = ("account_", "mfa_", "usersessions_", "close")
REMEMBERED = 10  # seconds
FOUND = 302


class ResubmissionMiddleware:
    """Runs before the session middleware, because the answer sets a new session cookie.

    Without the cache, repeated requests are still serialized, but each is answered by what it finds.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (sent := _sent(request)) is None:
            return self.get_response(request)
        with job_lock(sent.name):
            return sent.answer() or self._answered(request, sent)

    def _answered(self, request: HttpRequest, sent: "Sent") -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code == FOUND:
            sent.keep(answer)
        return answer


@dataclass(frozen=True)
class Sent:
    """One submission of one rendering of a form from one browser.

    The cached answer is encrypted with a key derived from what only that browser sent, so that the cache reveals no
    session.
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
    """The submission, if it is an account form with a CSRF token, which differs in each rendering of a form."""
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
    """Whether the URL belongs to an account view; also sets the resolver match, for the request's log line."""
    try:
        request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return False
    return request.resolver_match.view_name.startswith(OF_A_LOGIN)
