"""A partial, laid out once for each shape of the things it shows, and filled with words ever after.

Things of one kind differ in their words alone: which parts of a partial are there follows from which of its words are.
So it is rendered once with a gap for each of them, and a page pays for its words instead of for the template. The
partial may show a word and ask whether it is there, but neither compare nor filter it.
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
# At the ends of a line of its own a space shows nowhere.
LINES = "dd|dt|h[1-6]|li|p|summary"
EDGES = re.compile(f"(<(?:{LINES})\\b[^>]*>) | (?=</(?:{LINES})>)")


class _Word:
    """Stands in a shape for a word."""


class _Fields(tuple[tuple[str, ...], tuple[Any, ...]]):
    """Stands in a shape for a thing with fields: their names, and their shapes."""


def filled(partial: str, **things: object) -> str:
    """The partial with the things by their names, as the template engine would have rendered it."""
    words: list[str] = []
    cast = _cast.__wrapped__ if settings.DEBUG else _cast
    text, places = cast(partial, get_language(), _shape(things, words))
    escaped = _escaped(words)
    return text % tuple([escaped[place] for place in places])


def squeezed(text: str) -> str:
    """HTML without the spaces that show nowhere, if nothing in it is preformatted."""
    return EDGES.sub(r"\1", " ".join(text.split()).replace("> <", "><"))


def _escaped(words: list[str]) -> list[str]:
    """All at once, which is quicker by far, but for words that are HTML already or hold what stands between them."""
    if all(type(word) is str for word in words):
        escaped = escape(BETWEEN.join(words)).split(BETWEEN)
        if len(escaped) == len(words):
            return escaped
    return [word if hasattr(word, "__html__") else escape(word) for word in words]


def _shape(value: Any, words: list[str]) -> Any:
    """What is there and what is not; the words themselves are laid aside, in the order in which they were met."""
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
    """The partial with %s for each word that it shows, and which word that is."""
    gaps = (GAP.format(number) for number in range(10_000))
    text = squeezed(render_to_string(partial, _with_gaps(shape, gaps)))
    return GAPS.sub("%s", text.replace("%", "%%")), tuple(map(int, GAPS.findall(text)))


def _with_gaps(shape: Any, gaps: Iterator[str]) -> Any:
    if shape is _Word:
        return next(gaps)
    if isinstance(shape, _Fields):
        return {name: _with_gaps(one, gaps) for name, one in zip(*shape, strict=True)}
    return [_with_gaps(one, gaps) for one in shape] if isinstance(shape, tuple) else shape
