"""What is noted beside a step: people's words as they wrote them, the portal's own in the language of their reader."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from declarations.enums import Move

# Kept as it stands here, whoever's doing it was.
SELECTED = gettext_noop("Selected by chance in round %(number)s. How, and how to repeat it: %(url)s")
KEPT = re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>\\S+)", re.escape(SELECTED)))


def noted(move: str, note: str) -> str:
    """The note of a step as its reader is to see it."""
    kept = KEPT.fullmatch(note) if move == Move.AUDIT else None
    return _(SELECTED) % kept.groupdict() if kept else note
