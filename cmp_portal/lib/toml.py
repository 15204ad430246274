"""TOML, with what is wrong in words for whoever wrote the file."""

import re
import tomllib
from typing import Any

CURLY = re.compile("[“”„‟‘’‚‛]")
# What may contain curly quotes: strings between straight ones, and comments.
ALLOWED = re.compile(r""" "(?:\\.|[^"\\])*" | '[^']*' | \#.* """, re.VERBOSE)

# A date without quotes that is not written as 2026-01-31, or whose month or day does not exist.
DATE = re.compile(r"= *([0-9]{1,4}([-/.])[0-9]{1,2}\2[0-9]{1,4}(?![-\w]))")
WRONG_DATE = "{} is not a date; write it as 2026-01-31, without quotes"
UNCLOSED_QUOTE = "a quote is never closed; add the closing one"
# What the parser says of mistakes, and what they are. Where another version of Python words them differently, its own
# words are passed on.
MISTAKES = (
    (re.compile(r"Illegal character '\\n'|Unterminated string|Expected \"'"), UNCLOSED_QUOTE),
    (re.compile(r"Illegal character"), "a control character is there; delete it"),
    (re.compile(r"Cannot declare \('(.+)',\) twice"), r"there are several [\1]; write each as [[\1]]"),
    (re.compile(r"Cannot overwrite a value|Duplicate inline table key"), "the key is there twice; keep one"),
    (re.compile(r"Expected newline"), "something follows the value; put text in quotes, and each key on its own line"),
    (re.compile(r"Expected '=' after a key"), 'a key without a value; write it as key = "value"'),
    (re.compile(r"Invalid statement"), 'no key starts like this; write key = "value", or # before a comment'),
    (re.compile(r"Invalid value"), "the value is missing or can't be read; put text in quotes"),
    (re.compile(r"Expected '(\]+)'"), r"a heading is never closed; add \1"),
    (re.compile(r"Unclosed array"), "a list is never closed; add ]"),
    (re.compile(r"Unclosed inline table"), "a brace is never closed; add }"),
    (re.compile(r"Unescaped '\\'"), "a backslash is in quotes; write it twice"),
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
        words = _words(error, lines[number - 1])
        raise NotToml(found[0] if found else "file", f"not TOML: {words}") from error


def _words(problem: ValueError | RecursionError, line: str) -> str:
    """What the parser says of a line, in words for whoever wrote the file."""
    if isinstance(problem, RecursionError):
        return "lists are nested too deeply"
    if not isinstance(problem, tomllib.TOMLDecodeError):
        return "a number is too long; shorten it"
    error = str(problem)
    if error.startswith(("Expected newline", "Invalid date")) and (date := DATE.search(line)):
        return WRONG_DATE.format(date[1])
    for pattern, words in MISTAKES:
        if match := pattern.match(error):
            return match.expand(words)
    return f"fix the syntax there ({error.partition(' (at ')[0]})"


def _curly_quote(line: str) -> str | None:
    """A curly quote in place of a straight one; after an odd number of straight ones, any may be."""
    found = CURLY.search(line if line.count('"') % 2 else ALLOWED.sub("", line))
    return found[0] if found else None
