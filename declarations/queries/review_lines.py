"""The notes on a declaration and the steps it has taken, for staff: what, when and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.dates import longmoment
from declarations.enums import Move
from declarations.models import Declaration, Note, Step
from declarations.queries.step_words import noted


@dataclass(frozen=True)
class Line:
    """An event or a note, when and by whom."""

    title: str
    text: str
    private_text: str
    when: str


def note_lines(declaration: Declaration) -> Iterable[Line]:
    for note in declaration.notes.select_related("by").order_by("-id"):
        when = f"{who_words(note.by, declaration)}, {longmoment(note.at)}"
        yield Line(title=_note_title(note, declaration), text=note.text, private_text="", when=when)


def _note_title(note: Note, declaration: Declaration) -> str:
    if note.by.holder_id == declaration.holder_id:
        return _("From the holder")
    return _("To the holder") if note.is_shared else _("Staff only")


def step_line(step: Step, declaration: Declaration) -> Line:
    when = ", ".join(filter(None, [who_words(step.by, declaration), longmoment(step.at)]))
    text = noted(step.move, step.note)
    return Line(title=str(Move(step.move).label), text=text, private_text=step.private_note, when=when)


def who_words(user: User | None, declaration: Declaration) -> str:
    if user is None:
        return ""
    return _("the holder") if user.holder_id == declaration.holder_id else str(user)
