"""Notes about a declaration: among the Board's staff, to its holder, and the holder's answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.contention import retry_on_conflict
from declarations.actions.locks import lock
from declarations.actions.moves import MoveRefused
from declarations.models import Declaration, Note
from declarations.permissions import may_answer_note, may_note, may_reply
from declarations.queries import was_written_to


@transaction.atomic
def write_note(
    *, declaration: Declaration, uuid: UUID, text: str, is_shared: bool, by: User, at: datetime, link: str = ""
) -> Note:
    """Write a note; `uuid` is its idempotency key.

    A shared note alerts the holder, with `link` to the page where they can answer (by default the declaration's page).
    """
    if not may_note(by, declaration):
        raise MoveRefused(_("You are not allowed to write notes about this declaration."))
    if not text.strip():
        raise MoveRefused(_("Write the note first."))
    note, is_new = _keep(declaration, uuid, {"text": text.strip(), "is_shared": is_shared, "by": by, "at": at})
    if is_new and is_shared:
        _tell(declaration, note, link or declaration.get_absolute_url())
    return note


@transaction.atomic
def answer_note(*, declaration: Declaration, uuid: UUID, text: str, by: User, at: datetime) -> Note:
    """Record the holder's answer to the Board's note, once per `uuid`. Raises MoveRefused if the Board wrote none."""
    if not may_answer_note(by, declaration) or not was_written_to(declaration):
        raise MoveRefused(_("There is no note from the Board for you to answer."))
    if not text.strip():
        raise MoveRefused(_("Write your answer first."))
    return _keep(declaration, uuid, {"text": text.strip(), "is_shared": True, "by": by, "at": at})[0]


@retry_on_conflict
@transaction.atomic
def reply(*, declaration: Declaration, uuid: UUID, text: str, by: User, at: datetime) -> Note:
    """Record the holder's answer to a note that the Board wrote in a review, while the declaration is not decided."""
    declaration = lock(declaration)
    if not may_reply(by, declaration):
        raise MoveRefused(_("This declaration can't be added to now. Check the page again."))
    return answer_note(declaration=declaration, uuid=uuid, text=text, by=by, at=at)


def _keep(declaration: Declaration, uuid: UUID, said: dict[str, Any]) -> tuple[Note, bool]:
    """Store the note; return it and whether it is new. Rejects a `uuid` already used for another note."""
    of = {"declaration": declaration, "holder_id": declaration.holder_id}
    note, is_new = Note.objects.get_or_create(uuid=uuid, defaults={**of, **said})
    if (note.declaration_id, note.by_id) != (declaration.pk, said["by"].pk):
        raise MoveRefused(_("Please open this page again."))
    if (note.text, note.is_shared) != (said["text"], said["is_shared"]):
        raise MoveRefused(_("Another note was already sent from this page, and this one was not. Send it now."))
    return note, is_new


def _tell(declaration: Declaration, note: Note, link: str) -> None:
    code = declaration.cycle.credential.credential_type.code
    with in_language_of(declaration.holder_id):
        tell(
            holder_id=declaration.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=f"note:{note.pk}",
            title=_("The Board wrote about your declaration for %(credential)s") % {"credential": code},
            body=note.text,
            link=link,
            at=note.at,
        )
