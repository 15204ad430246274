"""The version of a holder's page: whoever has it already is told so, instead of being sent it again.

Nothing is written for it. PostgreSQL marks each row with the transaction that wrote it; these marks, of all
rows of a holder and of the reference data, change with every change, whoever makes it and by whatever means.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.messages import get_messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.urls import resolve
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.utils.translation import get_language

from cmp_portal.lib.clock import today
from cmp_portal.lib.prepared import ask
from cmp_portal.lib.sessions import USED

Response = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# What every holder's page may show; what else has no holder is shown on no page with a version.
REFERENCE = (
    "credentials.Subject",
    "credentials.ActivityKind",
    "credentials.KindUnit",
    "credentials.CredentialType",
    "credentials.RequirementSet",
    "credentials.Area",
    "credentials.Rule",
    "education.Provider",
)
# What decides besides the user's own row whether they are let in.
FACTORS = "mfa.Authenticator"
# Of these a holder may have thousands. Each change adds a row to their history, where none ever changes or goes; and
# who gives a row away has one less. So both are counted, in indexes alone, instead of visiting each row for its mark.
COUNTED = {"education.Credit": "education.CreditEvent"}
# A mark is told apart by table and key, so that it can't be another row's.
MARK = "SELECT hashtextextended(xmin::text, {key} * {places} + {place}) AS mark FROM {table}{where}"
COUNT = "SELECT hashint8extended(COUNT(*), {place}) AS mark FROM {table}{where}"
OF_A_USER = (
    "SELECT COUNT(*), SUM(marks.mark) FROM {users} AS who CROSS JOIN LATERAL ({marks}) AS marks"
    " WHERE who.id = $1 AND who.is_active AND who.holder_id IS NOT NULL"
)
CODE = (".py", ".html", ".css", ".js", ".svg", ".mo", ".toml")


def versioned(view: View) -> View:
    """Marks a page of the signed-in holder, whose answer in full depends on nothing but what its version is made of."""
    view.is_versioned = True  # type: ignore[attr-defined]
    return view


class VersionMiddleware:
    """Says 304 to whoever has the page as it is, and tells everybody else which version they get.

    It stands behind the session and its limits, and before whatever asks who somebody is and what they may. A version
    stands for all that: it was told to this session alone, with a page that was shown, and is another one as soon as
    the user, their second factors or their record are.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        known = request.method == "GET" and request.headers.get("If-None-Match")
        if known and version_of(request) in [one.removeprefix("W/") for one in parse_etags(known)]:
            _note(request)
            return _marked(HttpResponseNotModified(), request)
        answer = self.get_response(request)
        is_versioned = getattr(request, "is_versioned", False) and answer.status_code == 200
        return _marked(answer, request) if is_versioned else answer

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object) -> None:
        """The version is read before the page is: a change in between makes it an old one at once."""
        if getattr(view, "is_versioned", False):
            if "CSRF_COOKIE" not in request.META:
                get_token(request)
            request.is_versioned = True  # type: ignore[attr-defined]
            version_of(request)


def _note(request: HttpRequest) -> None:
    """What the line of the request tells of it, which nobody else finds out on this way."""
    request.resolver_match = _resolved(request.path_info)
    request.known_user = int(request.session[SESSION_KEY])  # type: ignore[attr-defined]


_resolved = lru_cache(maxsize=1024)(resolve)


def _marked(answer: HttpResponseBase, request: HttpRequest) -> HttpResponseBase:
    if version := version_of(request):
        answer.headers["ETag"] = version
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


def version_of(request: HttpRequest) -> str | None:
    """The version of the page that is asked for, found once for each request; None where nobody has it."""
    if not hasattr(request, "page_version"):
        request.page_version = _version(request)  # type: ignore[attr-defined]
    found: str | None = request.page_version  # type: ignore[attr-defined]
    return found


def _version(request: HttpRequest) -> str | None:
    """None for a page that can't be the same again: with a message, or of somebody without a record."""
    secret, user = request.META.get("CSRF_COOKIE"), request.session.get(SESSION_KEY)
    if secret is None or user is None or len(get_messages(request)) or not (found := marks(int(user))):
        return None
    parts = [
        release(),
        request.get_full_path(),
        request.session.session_key,
        # What it holds changes only with a login, but for the moment of its last use.
        sorted((name, held) for name, held in request.session.items() if name != USED),
        # The page's forms carry what is made from it.
        secret,
        get_language(),
        today().isoformat(),
        *found,
    ]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def marks(user: int) -> tuple[Any, ...] | None:
    """How many rows there are for the user's record, and the sum of their marks; None without a record."""
    [found] = ask("marks_of_a_user", _statement(), [user])
    return found if found[0] else None


@cache
def _statement() -> str:
    own = [(model, f" WHERE {column} = who.holder_id") for model, column in _tables_of_a_holder()]
    histories = [(apps.get_model(name), " WHERE holder_id = who.holder_id") for name in COUNTED.values()]
    shared = [(apps.get_model(name), "") for name in REFERENCE]
    tables = [*own, *histories, (apps.get_model(FACTORS), " WHERE user_id = who.id"), *shared]
    every = " UNION ALL ".join(_marks_of(place, len(tables), *table) for place, table in enumerate(tables))
    users = apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table
    return OF_A_USER.format(users=users, marks=every)


def _marks_of(place: int, places: int, model: type[Model], where: str) -> str:
    form = COUNT if model._meta.label in {*COUNTED, *COUNTED.values()} else MARK
    key, table = model._meta.pk.column, model._meta.db_table
    return form.format(place=place, places=places, key=key, table=table, where=where)


def _tables_of_a_holder() -> Iterable[tuple[type[Model], str]]:
    """The record itself, and whatever carries it; not the history, which grows with each of them."""
    yield apps.get_model("accounts.Holder"), "id"
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.local_concrete_fields}
        if "holder" in fields and "pgh_id" not in fields:
            yield model, fields["holder"].attname


@cache
def release() -> str:
    """The code and the settings that this process runs with."""
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
