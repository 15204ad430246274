"""Versions (ETags) of a holder's pages, so that an unchanged page is answered with 304.

Nothing is stored for it. PostgreSQL marks each row with the transaction that wrote it (xmin); these marks, of all rows
of a holder and of the reference data, change with every change, whoever makes it and by whatever means.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.urls import resolve
from django.utils.http import parse_etags
from django.utils.translation import get_language

from cmp_portal.lib import clock, sessions
from cmp_portal.lib.prepared_statements import ask

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Reference data that any holder's page may show. Areas and rules are shown as of their set's stamp, which changes
# whenever they do; other rows without a holder appear on no versioned page.
REFERENCE = (
    "credentials.Subject",
    "credentials.ActivityKind",
    "credentials.KindUnit",
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
        "education.Match",
    }
)
# Decides, together with the user's own row, whether they are let in.
FACTORS = "mfa.Authenticator"
# A holder may have thousands of these, which never move to another. Every change adds a row to their history, which is
# append-only. So its rows are counted by an index-only scan instead of reading the mark of each of theirs.
COUNTED = {"education.Credit": "education.CreditEvent", "education.Allocation": "education.AllocationEvent"}
# Hashed with a seed of table and key, so that equal marks of different rows differ.
MARK = "SELECT hashtextextended(xmin::text, {key} * {places} + {place}) AS mark FROM {table}{where}"
COUNT = "SELECT hashint8extended(COUNT(*), {place}) AS mark FROM {table}{where}"
OF_A_USER = (
    "SELECT COUNT(*), SUM(marks.mark) FROM {users} AS who CROSS JOIN LATERAL ({marks}) AS marks"
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
# Paths of versioned pages requested so far; there are two, without arguments.
_met: set[str] = set()
CODE = (".py", ".html", ".css", ".js", ".svg", ".mo", ".toml")


def versioned(view: View) -> View:
    """Mark a page of the logged-in holder whose entire response depends only on what its version is made of."""
    view.is_versioned = True  # type: ignore[attr-defined]
    return view


class VersionMiddleware:
    """Answers 304 if the browser has the current version, and otherwise sends the version along.

    Runs before authentication, authorization and page preparation. The version stands for all of these: it was issued
    to this session alone, with a page that was shown, and changes as soon as the user, their second factors or their
    record do. Only the session's limits are checked here too, and its activity is recorded.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if version := _known_version(request):
            _note(request)
            return _marked(HttpResponseNotModified(), version)
        answer = self.get_response(request)
        is_versioned = hasattr(request, "page_version") and answer.status_code == 200
        return _marked(answer, request.page_version) if is_versioned else answer  # type: ignore[attr-defined]

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object) -> None:
        """Read the version before the page: a change in between makes the version stale at once."""
        if getattr(view, "is_versioned", False):
            _met.add(request.path_info)
            if "CSRF_COOKIE" not in request.META:
                get_token(request)
            request.page_version = _version(request, request.META["CSRF_COOKIE"])  # type: ignore[attr-defined]


def _known_version(request: HttpRequest) -> str | None:
    """The page's version if the browser has it and is still logged in; this counts as activity."""
    if request.method != "GET" or request.session.session_key is None:
        return None
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    if known or request.path_info in _met:
        _read_at_once(request)
    if not known:
        return None
    session, now = request.session, int(clock.now().timestamp())
    version = _version(request, request.COOKIES.get(settings.CSRF_COOKIE_NAME))
    if sessions.is_over(session, now) or version not in [one.removeprefix("W/") for one in parse_etags(known)]:
        return None
    sessions.use(session, now)
    return version if SESSION_KEY in session else None


def _read_at_once(request: HttpRequest) -> None:
    """Read the session and, in the same query, the marks of the user who began it."""
    found = ask("session_with_marks", _of_a_session(), [request.session.session_key, clock.now()])
    data, user, *marked = found[0] if found else (None, None)
    request.session.read(data)  # type: ignore[attr-defined] # a store of ours
    request.marks = {str(user): tuple(marked)}  # type: ignore[attr-defined]


def _note(request: HttpRequest) -> None:
    """Set what the request's log line needs, as nothing else on this path does."""
    request.resolver_match = _resolved(request.path_info)
    request.known_user = int(request.session[SESSION_KEY])  # type: ignore[attr-defined]


_resolved = lru_cache(maxsize=1024)(resolve)


def _marked(answer: HttpResponseBase, version: str | None) -> HttpResponseBase:
    if version:
        answer.headers["ETag"] = version
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _version(request: HttpRequest, secret: str | None) -> str | None:
    """The version of the page, including the CSRF secret that its forms depend on.

    None for a page that can't recur: with messages, or for a user without a record.
    """
    user = request.session.get(SESSION_KEY)
    if secret is None or user is None or sessions.has_messages(request):
        return None
    read_at_once = getattr(request, "marks", {}).get(user)
    if not (found := marks(int(user)) if read_at_once is None else read_at_once)[0]:
        return None
    parts = [
        release(),
        request.get_full_path(),
        request.session.session_key,
        # Session content changes only with a login, except for the time of last activity.
        sorted((name, held) for name, held in request.session.items() if name != sessions.USED),
        secret,
        get_language(),
        clock.today().isoformat(),
        *found,
    ]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def marks(user: int) -> tuple[Any, ...]:
    """The number of rows of the user's record (0 without one) and the sum of their marks."""
    [found] = ask("marks_of_a_user", _of_a_user("$1"), [user])
    return found


@cache
def _of_a_session() -> str:
    sessions, beginnings = (apps.get_model(name)._meta.db_table for name in ("sessions.Session", BEGINNINGS))
    return OF_A_SESSION.format(sessions=sessions, beginnings=beginnings, of_the_user=_of_a_user("began.user_id"))


@cache
def _of_a_user(user: str) -> str:
    own = [(_marking(model), f" WHERE {column} = who.holder_id") for model, column in _tables_of_a_holder()]
    shared = [(apps.get_model(name), "") for name in REFERENCE]
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
