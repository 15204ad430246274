"""How the engine's sentences are written: templates with named placeholders, translated and formatted by the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, eq=False)
class Writing:
    """How to write templates, days and points in a language; by default English, ISO dates and two decimals.

    Sentences are cached per instance, which is compared by identity: reuse one instead of creating equal ones.
    """

    text: Callable[[str], str] = str
    day: Callable[[date], str] = date.isoformat
    points: Callable[[Decimal], str] = str

    def say(self, template: str, **words: str) -> str:
        """Translates a template and fills in its placeholders."""
        return self.text(template).format_map(words) if words else self.text(template)


PLAIN_ENGLISH = Writing()


def gettext_noop(template: str) -> str:
    """Marks a template for translation; the translation happens when it is written."""
    return template
