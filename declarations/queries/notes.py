"""The notes on a declaration and the steps it has taken, for staff, and which answers of holders are waiting."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.prepared_statements import among, prepared
from declarations.enums import Move
from declarations.models import Declaration, Note, Step
from declarations.queries.step_words import noted_on_page
from declarations.rules import ANSWERABLE


@dataclass(frozen=True)
class EventLine:
    """An event or a note, when and by whom."""

    title: str
    text: str
    private_text: str
    when: str


def answered() -> QuerySet[Declaration]:
    """Declarations whose holder has answered, and to which the Board has not written or acted since."""
    of_board = Note.objects.filter(declaration=OuterRef("declaration"), is_shared=True, id__gt=OuterRef("pk"))
    replied = of_board.exclude(by__holder=OuterRef("holder"))
    steps = Step.objects.filter(declaration=OuterRef("declaration"), at__gt=OuterRef("at"))
    moved = steps.exclude(by__holder=OuterRef("holder"))
    answers = Note.objects.filter(declaration__state__in=sorted(ANSWERABLE), by__holder=F("holder"))
    waiting = answers.exclude(Exists(replied)).exclude(Exists(moved))
    return Declaration.objects.filter(pk__in=waiting.values("declaration"))


def answers_for(user: User) -> QuerySet[Declaration]:
    """Those that wait for this member of staff: all but their own, on which a colleague answers."""
    return answered().exclude(holder=user.holder_key)


def with_an_answer(declarations: Iterable[int]) -> set[int]:
    """The IDs of those declarations that are `answered`."""
    return {pk for (pk,) in _answered_among(list(declarations))}


@prepared
def _answered_among(declarations: list[int]) -> QuerySet[Declaration, tuple[int]]:
    return answered().filter(among("id", declarations)).values_list("id")


def answer_text() -> str:
    return _("An answer from the holder is waiting in the notes.")


def has_answer(declaration: Declaration, notes: Iterable[Note], steps: Iterable[Step]) -> bool:
    """The same as `with_an_answer`, from what the page has loaded."""
    newest = next((note for note in notes if note.is_shared), None)
    if newest is None or newest.by.holder_id != declaration.holder_id or declaration.state not in ANSWERABLE:
        return False
    return not any(step.at > newest.at and (step.by and step.by.holder_id) != declaration.holder_id for step in steps)


def notes_of(declaration: Declaration) -> list[Note]:
    """Newest first."""
    return list(declaration.notes.select_related("by").order_by("-id"))


def note_lines(declaration: Declaration, notes: Iterable[Note]) -> Iterable[EventLine]:
    for note in notes:
        when = f"{who_words(note.by, declaration)}, {longmoment(note.at)}"
        yield EventLine(title=_note_title(note, declaration), text=note.text, private_text="", when=when)


def _note_title(note: Note, declaration: Declaration) -> str:
    if note.by.holder_id == declaration.holder_id:
        return _("From the holder")
    return _("To the holder") if note.is_shared else _("Staff only")


def step_line(step: Step, declaration: Declaration) -> EventLine:
    when = ", ".join(filter(None, [who_words(step.by, declaration), longmoment(step.at)]))
    text = noted_on_page(step.move, step.note)
    return EventLine(title=str(Move(step.move).label), text=text, private_text=step.private_note, when=when)


def who_words(user: User | None, declaration: Declaration) -> str:
    if user is None:
        return ""
    return _("the holder") if user.holder_id == declaration.holder_id else str(user)
