"""The language in which a holder is addressed: their preference, else that of their browser, else the default."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

from django.conf import settings
from django.utils.translation import override

from accounts.models import Correspondence

T = TypeVar("T")

# Joins a holder's preferences, if any, under the alias w.
CORRESPONDENCE = "LEFT JOIN accounts_correspondence w ON w.holder_id = "


def language_sql() -> str:
    """SQL for the language of the holder whose preferences have the alias w; the default language without a row."""
    spoken = ", ".join(f"'{code}'" for code, _name in settings.LANGUAGES)
    chosen, browser = (f"WHEN w.{column} IN ({spoken}) THEN w.{column}" for column in ("language", "browser_language"))
    return f"CASE {chosen} {browser} ELSE '{settings.LANGUAGE_CODE}' END"


def in_each_language(write: Callable[[], str]) -> str:
    """JSON of the text in each language, for statements that pick one: `%(title)s::jsonb ->> language`."""
    return json.dumps({code: _written(write, code) for code, _name in settings.LANGUAGES})


def sql_in_each_language(write: Callable[[], str]) -> str:
    """SQL for what `write` returns in the language of the holder whose preferences have the alias w."""
    branches = " ".join(f"WHEN '{code}' THEN {_written(write, code)}" for code, _name in settings.LANGUAGES)
    return f"CASE {language_sql()} {branches} END"


def _written(write: Callable[[], str], language: str) -> str:
    with override(language):
        return write()


def languages_of(holders: Iterable[int]) -> dict[int, str]:
    """The language of each holder who has a stored preference or browser language."""
    return {one.holder_id: one.written_in for one in Correspondence.objects.filter(holder__in=set(holders))}


def in_language_of(holder: int) -> AbstractContextManager[None]:
    """Context manager that activates the holder's language."""
    return override(languages_of([holder]).get(holder, settings.LANGUAGE_CODE))


def in_language_of_each(things: Iterable[T], holder: Callable[[T], int]) -> Iterator[T]:
    """Iterate over things with the language of each one's holder active."""
    things = list(things)
    languages = languages_of(map(holder, things))
    for thing in things:
        with override(languages.get(holder(thing), settings.LANGUAGE_CODE)):
            yield thing
