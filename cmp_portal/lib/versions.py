"""The version of a holder's page: whoever has it already is told so, instead of being sent it again.

Nothing is counted or written for it. PostgreSQL marks each row with the transaction that wrote it; these marks, of all
rows of a holder and of the reference data, change with every change, whoever makes it and by whatever means.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, cast

from django.apps import apps
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.cache import patch_cache_control
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.views.decorators.http import condition

from cmp_portal.lib.clock import today

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

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
MARKS = "SELECT COUNT(*), SUM(hashint8extended({key}, xmin::text::bigint)) FROM {table}{where}"
CODE = (".py", ".html", ".css", ".js", ".svg", ".mo", ".toml")


def versioned(view: View[P]) -> View[P]:
    """Answers 304 while nothing that the page is made from has changed; for pages of the signed-in holder."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = condition(etag_func=_etag)(view)(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return cast(View[P], answer)


def _etag(request: HttpRequest, *_args: object, **_kwargs: object) -> str | None:
    """None for a page that can't be the same again: with a message, or of somebody without a record."""
    holder = getattr(request.user, "holder_id", None)
    if holder is None or len(get_messages(request)):
        return None
    get_token(request)
    parts = [
        release(),
        request.get_full_path(),
        request.session.session_key,
        # The page's forms carry what is made from it.
        request.META["CSRF_COOKIE"],
        get_language(),
        get_current_timezone_name(),
        today().isoformat(),
        *marks(holder),
    ]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def marks(holder: int) -> list[tuple[int, int | None]]:
    """How many rows each table has for the holder, and the sum of their marks."""
    statement, times = _statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [holder] * times)
        return list(cursor.fetchall())


@cache
def _statement() -> tuple[str, int]:
    own = [_marks_of(model, f" WHERE {column} = %s") for model, column in _tables_of_a_holder()]
    shared = [_marks_of(apps.get_model(name)) for name in REFERENCE]
    return " UNION ALL ".join([*own, *shared]), len(own)


def _marks_of(model: type[Model], where: str = "") -> str:
    key = model._meta.pk.column
    return MARKS.format(key=key, table=model._meta.db_table, where=where)


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
