"""Marks the Board's own texts as English (`lang="en"`) on pages in other languages.

They appear in sentences, lists and headings of every page, but come from a known set. So they are found in the finished
page instead of being marked in every template. Screen readers then switch their voice for them.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import escape
from django.utils.translation import get_language

from cmp_portal.lib.prepared_statements import ask

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Texts that the Board writes in one language only.
WRITTEN = {
    "credentials.Subject": ("title",),
    "credentials.ActivityKind": ("title", "evidence", "source"),
    "credentials.CredentialType": ("title", "source"),
    "credentials.RequirementSet": ("title", "source", "note"),
    "credentials.Area": ("title",),
    "credentials.Rule": ("title",),
    "declarations.Attestation": ("text", "source"),
}
EACH = "SELECT {} FROM {}"
TAGS = re.compile(r"(<[^>]*>)")
# Elements that contain text only: they are marked as a whole or not at all.
PLAIN = re.compile(r"<(option|title|text|textarea|script|style)\b")
SHORTEST = 4


class LanguageMarkingMiddleware:
    """Innermost middleware; pages in the texts' own language and 304 answers skip it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        is_foreign = get_language() not in (None, settings.LANGUAGE_CODE)
        if is_foreign and isinstance(answer, HttpResponse) and _is_page(answer):
            answer.content = marked(answer.content.decode(), _texts()).encode()
        return answer


def _is_page(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")


def marked(page: str, texts: Iterable[str]) -> str:
    """The page with each of the texts wrapped in an element marked as English."""
    if not (english := _pattern(frozenset(texts))):
        return page
    parts, inside = TAGS.split(page), ""
    for place, part in enumerate(parts):
        if part.startswith("<"):
            inside = found[1] if (found := PLAIN.match(part)) else "" if part == f"</{inside}>" else inside
        elif not inside:
            parts[place] = english.sub(r'<span lang="en">\g<0></span>', part)
        elif english.fullmatch(part.strip()):
            parts[place - 1] = re.sub(r"^<\w+", r'\g<0> lang="en"', parts[place - 1])
    return "".join(parts)


@lru_cache(maxsize=8)
def _pattern(texts: frozenset[str]) -> re.Pattern[str] | None:
    """Longest first; case-insensitive, because within a sentence they begin in lower case."""
    lines = {" ".join(line.split()) for text in texts for line in text.splitlines()}
    words = sorted((escape(line) for line in lines if len(line) >= SHORTEST), key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if words else None


def _texts() -> list[str]:
    return [text for (text,) in ask("english_texts", _statement(), [])]


@cache
def _statement() -> str:
    fields = [(apps.get_model(name)._meta, field) for name, names in WRITTEN.items() for field in names]
    return " UNION ".join(EACH.format(meta.get_field(field).attname, meta.db_table) for meta, field in fields)
