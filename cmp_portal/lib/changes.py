"""Describes the differences between two JSON-like values (mappings, lists, strings), path by path."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 80


def changes(before: Any, after: Any, *, place: str = "") -> Iterator[str]:
    """Yield a line per difference: `areas ethics minimum: was 1.00, is 2.00`; list items are matched by their code."""
    before, after = _by_code(before), _by_code(after)
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from changes(before.get(name), after.get(name), place=f"{place} {name}".strip())
    else:
        yield f"{place}: was {_words(before)}, is {_words(after)}"


def _by_code(value: Any) -> Any:
    """Rows that have codes, as a mapping that also records their order."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "code" in one for one in value):
        return {**{one["code"]: one for one in value}, "in order": ", ".join(one["code"] for one in value)}
    return value


def _words(value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, Mapping):
        text = " ".join(str(one) for _name, one in sorted(value.items()) if one is not None)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(map(_words, value))
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
