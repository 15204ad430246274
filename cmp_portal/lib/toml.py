"""TOML, with what is wrong in words for whoever wrote the file."""

import re
import tomllib
from typing import Any

CURLY = re.compile("[“”„‟‘’‚‛]")
# What may contain curly quotes: strings between straight ones, and comments.
ALLOWED = re.compile(r""" "(?:\\.|[^"\\])*" | '[^']*' | \#.* """, re.VERBOSE)

# What the parser says of frequent mistakes, and what they are.
MISTAKES = (
    (re.compile(r"Illegal character '\\n'"), "a quote is never closed; add the closing one"),
    (re.compile(r"Cannot declare \('(.+)',\) twice"), r"there are several [\1]; write each as [[\1]]"),
    (re.compile(r"Cannot overwrite a value"), "the key is there twice; keep one"),
)


class NotToml(ValueError):
    """The text is not TOML; `place` is the line where it stops being so, or "file"."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def parse(text: str) -> dict[str, Any]:
    """The values in a TOML text; raises NotToml."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        lines = text.rstrip().split("\n")
        # Without a line, the parser was looking for an end.
        number = int(found[1]) if found else len(lines)
        if quote := _curly_quote(lines[number - 1]):
            raise NotToml(f"line {number}", f'{quote} is a curly quote; replace it with a straight one: "') from error
        raise NotToml(found[0] if found else "file", f"not TOML: {_words(str(error))}") from error


def _words(error: str) -> str:
    """What the parser says, in words for whoever wrote the file."""
    for pattern, words in MISTAKES:
        if match := pattern.match(error):
            return match.expand(words)
    return f"{error}; fix the syntax there"


def _curly_quote(line: str) -> str | None:
    """A curly quote in place of a straight one; after an odd number of straight ones, any may be."""
    found = CURLY.search(line if line.count('"') % 2 else ALLOWED.sub("", line))
    return found[0] if found else None
