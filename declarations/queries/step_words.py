"""Notes on steps: people's own words as written, the portal's words in the reader's language."""

import re

from django.utils.html import urlize
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from declarations.enums import Grounds, Move

# Stored in exactly this wording, whatever the language of the user who caused it; translated when shown.
SELECTED = gettext_noop("Selected by chance in round %(number)s. How, and how to repeat it: %(url)s")
KEPT = re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>\\S+)", re.escape(SELECTED)))


def appeal_note(grounds: Grounds, letter: str) -> str:
    """The note to store with an appeal: its grounds, then the letter."""
    with override("en"):
        return f"{grounds.label}\n\n{letter}"


def noted(move: str, note: str) -> str:
    """The note of a step as shown to the reader."""
    if move == Move.APPEAL:
        heading, letter = note.partition("\n\n")[::2]
        with override("en"):
            found = next((one for one in Grounds if str(one.label) == heading), None)
        return f"{found.label}\n\n{letter}" if found else note
    kept = _kept(move, note)
    return _(SELECTED) % kept.groupdict() if kept else note


def noted_on_page(move: str, note: str) -> str:
    """The same for a page: an address in the portal's own words is a link, one in anybody else's is not."""
    text = noted(move, note)
    if _kept(move, note):
        return mark_safe(urlize(text, autoescape=True))  # noqa: S308 (urlize has escaped it)
    return text


def _kept(move: str, note: str) -> re.Match[str] | None:
    return KEPT.fullmatch(note) if move == Move.AUDIT else None
