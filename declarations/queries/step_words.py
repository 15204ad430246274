"""Notes on steps: people's own words as written, the portal's words in the reader's language."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from declarations.enums import Move

# Stored in exactly this wording, whatever the language of the user who caused it; translated when shown.
SELECTED = gettext_noop("Selected by chance in round %(number)s. How, and how to repeat it: %(url)s")
KEPT = re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>\\S+)", re.escape(SELECTED)))


def noted(move: str, note: str) -> str:
    """The note of a step as shown to the reader."""
    kept = KEPT.fullmatch(note) if move == Move.AUDIT else None
    return _(SELECTED) % kept.groupdict() if kept else note
