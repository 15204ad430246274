"""Template fragments rendered once per shape of their data, then filled with values.

Items of one kind differ only in their texts: which parts of a fragment appear depends on which texts are present. So a
fragment is rendered once with a placeholder for each text, and a page pays for its texts instead of for the template.
The fragment may output a text and test whether it is there, but neither compare nor filter it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

MOST = 1024
BETWEEN = "\x00"
GAP = "\x02{}\x03"
GAPS = re.compile("\x02([0-9]+)\x03")
# Spaces at the edges of block elements are not displayed.
LINES = "dd|dt|h[1-6]|li|p|summary"
EDGES = re.compile(f"(<(?:{LINES})\\b[^>]*>) | (?=</(?:{LINES})>)")


class _Word:
    """Stands for a text in a shape."""


class _Fields(tuple[tuple[str, ...], tuple[Any, ...]]):
    """Stands for an object in a shape: its field names and their shapes."""


def filled(partial: str, **things: object) -> str:
    """Render the fragment with these objects, with the same result as the template engine."""
    words: list[str] = []
    cast = _cast.__wrapped__ if settings.DEBUG else _cast
    text, places = cast(partial, get_language(), _shape(things, words))
    escaped = _escaped(words)
    return text % tuple([escaped[place] for place in places])


def squeezed(text: str) -> str:
    """Collapse HTML whitespace that is not displayed; must not contain preformatted text."""
    return EDGES.sub(r"\1", " ".join(text.split()).replace("> <", "><"))


def _escaped(words: list[str]) -> list[str]:
    """Escape all texts in one call, which is much faster, unless one is safe HTML or contains the separator."""
    if all(type(word) is str for word in words):
        escaped = escape(BETWEEN.join(words)).split(BETWEEN)
        if len(escaped) == len(words):
            return escaped
    return [word if hasattr(word, "__html__") else escape(word) for word in words]


def _shape(value: Any, words: list[str]) -> Any:
    """Which values are present; the texts themselves are appended to `words` in order of traversal."""
    if isinstance(value, tuple | list):
        return tuple(_shape(one, words) for one in value)
    if not value or value is True:
        return value
    if isinstance(value, str | int):
        words.append(str(value))
        return _Word
    fields = value if isinstance(value, dict) else vars(value)
    shapes = []
    for one in fields.values():
        if one and type(one) is str:  # nearly all of them
            words.append(one)
            one = _Word
        shapes.append(one if one is _Word else _shape(one, words))
    return _Fields((tuple(fields), tuple(shapes)))


@lru_cache(maxsize=MOST)
def _cast(partial: str, language: str | None, shape: Any) -> tuple[str, tuple[int, ...]]:
    """The fragment with %s for each text it outputs, and the indexes of these texts."""
    gaps = (GAP.format(number) for number in range(10_000))
    text = squeezed(render_to_string(partial, _with_gaps(shape, gaps)))
    return GAPS.sub("%s", text.replace("%", "%%")), tuple(map(int, GAPS.findall(text)))


def _with_gaps(shape: Any, gaps: Iterator[str]) -> Any:
    if shape is _Word:
        return next(gaps)
    if isinstance(shape, _Fields):
        return {name: _with_gaps(one, gaps) for name, one in zip(*shape, strict=True)}
    return [_with_gaps(one, gaps) for one in shape] if isinstance(shape, tuple) else shape
