"""Notes about a declaration: among the Board's staff, or to its holder."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import speaking_to
from declarations.actions.moves import MoveRefused
from declarations.models import Declaration, Note
from declarations.permissions import may_note


@transaction.atomic
def write_note(*, declaration: Declaration, uuid: UUID, text: str, is_shared: bool, by: User, at: datetime) -> Note:
    """Writes a note; one sent twice, known by its `uuid`, is one. The holder is told of a shared one."""
    if not may_note(by, declaration):
        raise MoveRefused(_("You may not write notes about this declaration."))
    if not text.strip():
        raise MoveRefused(_("Write the note first."))
    said = {"text": text.strip(), "is_shared": is_shared, "by": by, "at": at}
    note, is_new = Note.objects.get_or_create(
        uuid=uuid, defaults={"declaration": declaration, "holder_id": declaration.holder_id, **said}
    )
    if is_new and is_shared:
        _tell(declaration, note)
    return note


def _tell(declaration: Declaration, note: Note) -> None:
    code = declaration.cycle.credential.credential_type.code
    with speaking_to(declaration.holder_id):
        tell(
            holder_id=declaration.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=f"note:{note.pk}",
            title=_("The Board wrote about your declaration for %(credential)s") % {"credential": code},
            body=note.text,
            link=reverse("declarations:detail", args=[declaration.uuid]),
            at=note.at,
        )
