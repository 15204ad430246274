"""How the engine writes its sentences: plain templates with named places, and who writes puts in words and values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, eq=False)
class Writing:
    """A language, and how it writes a template, a day and points; by default English, ISO days and two decimals.

    Sentences are kept for each writing: give the same one again, not a new one each time.
    """

    language: str = "en"
    text: Callable[[str], str] = str
    day: Callable[[date], str] = date.isoformat
    points: Callable[[Decimal], str] = str

    def say(self, template: str, **words: str) -> str:
        """A template in the language, with these words in its places."""
        return self.text(template).format_map(words) if words else self.text(template)


PLAIN_ENGLISH = Writing()


def gettext_noop(template: str) -> str:
    """Marks a template for translators; it is translated when it is written."""
    return template
