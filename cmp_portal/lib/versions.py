"""Versions (ETags) of a holder's pages, so that an unchanged page is answered with 304.

Nothing is stored for it. PostgreSQL marks each row with the transaction that wrote it (xmin); these marks, of all rows
of a holder and of the reference data, change with every change, whoever makes it and by whatever means.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import get_language_from_request

from cmp_portal.lib import clock, sessions
from cmp_portal.lib.headers import ASKED_ABOUT
from cmp_portal.lib.prepared_statements import ask

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Reference data that any holder's page may show. Areas and rules are shown as of their set's stamp, which changes
# whenever they do; other rows without a holder appear on no versioned page.
REFERENCE = (
    "credentials.Subject",
    "credentials.ActivityKind",
    "credentials.CredentialType",
    "credentials.RequirementSet",
    "education.Provider",
)
# Rows of a holder that no versioned page reads, so that checking them would be wasted; tests enforce this.
UNREAD = frozenset(
    {
        "accounts.CalendarFeed",
        "accounts.Change",
        "accounts.ChangeDocument",
        "accounts.Digest",
        "accounts.Letter",
        "accounts.Preference",
        "credentials.Claim",
        "credentials.SynchronisationRequest",
        "declarations.Hidden",
        "declarations.Note",
        "declarations.Proof",
        "declarations.Ruling",
        "declarations.ShareLink",
        "declarations.Waiting",
        "education.Dispute",
        "education.Evidence",
        "education.Match",
    }
)
# Decides, together with the user's own row, whether they are let in.
FACTORS = "mfa.Authenticator"
# A holder may have thousands of these, which never move to another. Every change adds a row to their history, which is
# append-only. So its rows are counted by an index-only scan instead of reading the mark of each of theirs.
COUNTED = {"education.Credit": "education.CreditEvent", "education.Allocation": "education.AllocationEvent"}
# Hashed with a seed of table and key, so that equal marks of different rows differ, and none undoes another.
MARK = "SELECT hashtextextended(xmin::text, {key} * {places} + {place}) AS mark FROM {table}{where}"
COUNT = "SELECT hashint8extended(COUNT(*), {place}) AS mark FROM {table}{where}"
OF_A_USER = (
    "SELECT COUNT(*), BIT_XOR(marks.mark) FROM {users} AS who CROSS JOIN LATERAL ({marks}) AS marks"
    " WHERE who.id = {user} AND who.is_active AND who.holder_id IS NOT NULL"
)
# The logged-in user is inside the session data, which PostgreSQL can't read; this table records who began it.
BEGINNINGS = "usersessions.UserSession"
OF_A_SESSION = (
    "SELECT session.session_data, began.user_id, found.* FROM {sessions} AS session"
    " LEFT JOIN {beginnings} AS began ON began.session_key = session.session_key"
    " LEFT JOIN LATERAL ({of_the_user}) AS found ON TRUE"
    " WHERE session.session_key = $1 AND session.expire_date > $2"
)
# Where in a request's environment the row of that query is kept, or the error that it ended with.
ROW = "cmp_portal.session_with_marks"
CODE = (".py", ".html", ".css", ".js", ".svg", ".mo", ".toml")


def versioned(*, unread: Iterable[str]) -> Callable[[View], View]:
    """Mark a page of the logged-in holder whose entire response depends only on what its version is made of.

    That is every table of a holder but those that no such page reads, and the reference data, less what this page
    doesn't read, its `unread`.
    """

    def mark(view: View) -> View:
        view.unread = frozenset(unread)  # type: ignore[attr-defined]
        return view

    return mark


class VersionMiddleware:
    """Sends the version along with a page; `cmp_portal.lib.unchanged` answers whoever has it already."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and request.session.session_key is not None and match(request.path_info):
            _read_at_once(request, clock.now())
        answer = self.get_response(request)
        if hasattr(request, "page_version") and answer.status_code == 200:
            if request.page_version:
                answer.headers["ETag"] = request.page_version
            answer.headers["Cache-Control"] = ASKED_ABOUT
        return answer

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object) -> None:
        """Read the version before the page: a change in between makes the version stale at once."""
        if hasattr(view, "unread"):
            if "CSRF_COOKIE" not in request.META:
                get_token(request)
            request.page_version = _version(request, request.META["CSRF_COOKIE"], clock.today())  # type: ignore[attr-defined]


@lru_cache(maxsize=1024)
def match(path: str) -> ResolverMatch | None:
    """What the path of a versioned page resolves to; None for any other path."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    return found if hasattr(found.func, "unread") else None


def known_version(request: HttpRequest) -> str | None:
    """The page's version if the browser has it and is still logged in; this counts as activity.

    Stands for authentication, authorization and preparation of the page: it was issued to this session alone, with a
    page that was shown, and changes as soon as the user, their second factors or their record do. Only the session's
    limits are checked here too.
    """
    now = clock.now()
    _read_at_once(request, now)
    session, seconds = request.session, int(now.timestamp())
    version = _version(request, request.COOKIES.get(settings.CSRF_COOKIE_NAME), clock.board_day(now))
    # Its quotes make it the whole of one of the versions listed, strong or weak.
    if version is None or version not in request.META["HTTP_IF_NONE_MATCH"] or sessions.is_over(session, seconds):
        return None
    sessions.use(session, seconds)
    return version if SESSION_KEY in session else None


def _read_at_once(request: HttpRequest, now: datetime) -> None:
    """Read the session and, in the same query, the marks of the user who began it."""
    if ROW not in request.META:
        page = _page(request)
        question = _of_a_session(page.unread)
        found = ask(f"session_with_marks_of_{page.__name__}", question, [request.session.session_key, now])
        request.META[ROW] = found[0] if found else (None, None)
    elif isinstance(request.META[ROW], Error):
        raise request.META[ROW]
    data, user, *marked = request.META[ROW]
    request.session.read(data)  # type: ignore[attr-defined] # a store of ours
    request.marks = {str(user): tuple(marked)}  # type: ignore[attr-defined]


def _version(request: HttpRequest, secret: str | None, day: date) -> str | None:
    """The version of the page, including the CSRF secret that its forms depend on.

    None for a page that can't recur: with messages, or for a user without a record.
    """
    user = request.session.get(SESSION_KEY)
    if secret is None or user is None or sessions.has_messages(request):
        return None
    read_at_once = getattr(request, "marks", {}).get(user)
    if not (found := marks(int(user), _page(request)) if read_at_once is None else read_at_once)[0]:
        return None
    parts = (
        release(),
        request.path_info,
        request.META.get("QUERY_STRING", ""),
        request.session.session_key,
        # Session content changes only with a login, except for the time of last activity.
        dict(request.session.items()) | {sessions.USED: None},
        secret,
        get_language_from_request(request),
        day,
        *found,
    )
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def marks(user: int, page: Callable[..., Any]) -> tuple[Any, ...]:
    """The number of rows of the user's record (0 without one) that the page reads, and their marks in one."""
    [found] = ask(f"marks_of_a_user_of_{page.__name__}", _of_a_user("$1", page.unread), [user])  # type: ignore[attr-defined]
    return found


def _page(request: HttpRequest) -> Any:
    """The view that makes the page."""
    return match(request.path_info).func  # type: ignore[union-attr] # of a versioned page


@cache
def _of_a_session(unread: frozenset[str]) -> str:
    sessions, beginnings = (apps.get_model(name)._meta.db_table for name in ("sessions.Session", BEGINNINGS))
    of_the_user = _of_a_user("began.user_id", unread)
    return OF_A_SESSION.format(sessions=sessions, beginnings=beginnings, of_the_user=of_the_user)


@cache
def _of_a_user(user: str, unread: frozenset[str]) -> str:
    read = [(model, column) for model, column in _tables_of_a_holder() if model._meta.label not in unread]
    own = [(_marking(model), f" WHERE {column} = who.holder_id") for model, column in read]
    shared = [(apps.get_model(name), "") for name in REFERENCE if name not in unread]
    tables = [*own, (apps.get_model(FACTORS), " WHERE user_id = who.id"), *shared]
    every = " UNION ALL ".join(_marks_of(place, len(tables), *table) for place, table in enumerate(tables))
    users = apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table
    return OF_A_USER.format(users=users, marks=every, user=user)


def _marks_of(place: int, places: int, model: type[Model], where: str) -> str:
    form = COUNT if model._meta.label in COUNTED.values() else MARK
    key, table = model._meta.pk.column, model._meta.db_table
    return form.format(place=place, places=places, key=key, table=table, where=where)


def _tables_of_a_holder() -> Iterable[tuple[type[Model], str]]:
    """The holder's own table and every table read that refers to it; not history, which grows with each change."""
    yield apps.get_model("accounts.Holder"), "id"
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.local_concrete_fields}
        if "holder" in fields and "pgh_id" not in fields and model._meta.label not in UNREAD:
            yield model, fields["holder"].attname


def _marking(model: type[Model]) -> type[Model]:
    """The table whose rows tell of changes to the model's."""
    return apps.get_model(COUNTED.get(model._meta.label, model._meta.label))


@cache
def release() -> str:
    """A hash of the code and settings that this process runs with."""
    digest = hashlib.sha256(repr(sorted(_plain_settings())).encode())
    for file in sorted(_files(Path(settings.BASE_DIR))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _plain_settings() -> Iterable[tuple[str, Any]]:
    for name in dir(settings):
        if name.isupper() and isinstance(value := getattr(settings, name), str | int | None):
            yield name, repr(value)


def _files(folder: Path) -> Iterable[Path]:
    homes = {Path(app.path) for app in apps.get_app_configs() if folder in Path(app.path).parents}
    places = {home for home in homes if ".venv" not in home.parts} | {
        folder / name for name in ("templates", "static", "locale")
    }
    return (file for place in places for file in place.rglob("*") if file.suffix in CODE)
