"""Background work on documents of change requests: scan them, and delete orphaned files."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions.alerts import tell
from accounts.actions.stored_files import check_each_document, delete_orphaned_files
from accounts.enums import AlertKind
from accounts.models import FOLDER, ChangeDocument
from accounts.queries import in_language_of
from cmp_portal.lib.storage import storage_errors
from cmp_portal.lib.uploads import FileCondition, looked_into


def check_documents(*, at: datetime) -> int:
    """Check all waiting documents; return how many."""
    return check_each_document(ChangeDocument, partial(_check_one, at=at))


@transaction.atomic
def _check_one(pk: int, *, at: datetime) -> bool:
    waiting = ChangeDocument.objects.filter(pk=pk, condition=FileCondition.WAITING)
    document = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if document is None:
        return False
    document.condition, document.checked_at = _looked_at(document), at
    document.save(update_fields=["condition", "checked_at"])
    if document.condition != FileCondition.FINE:
        _tell(document, at=at)
    return True


def _looked_at(document: ChangeDocument) -> FileCondition:
    try:
        with storage_errors(), document.file.open("rb") as file:
            return looked_into(file, document.media_type)[0]
    except FileNotFoundError:
        return FileCondition.UNREADABLE


def _tell(document: ChangeDocument, *, at: datetime) -> None:
    words = gettext_noop(
        "“%(name)s” can't be opened, or contains something harmful. Withdraw your request and send it again."
    )
    with in_language_of(document.holder_id):
        tell(
            holder_id=document.holder_id,
            kind=AlertKind.EVIDENCE_REFUSED,
            key=f"{AlertKind.EVIDENCE_REFUSED}:change:{document.pk}",
            title=_("One of your documents was held back"),
            body=_(words) % {"name": document.name},
            link=reverse("accounts:record"),
            at=at,
        )


def sweep_documents(*, at: datetime) -> int:
    """Delete stored files without a row that are at least a day old, left by aborted requests; return how many."""
    return delete_orphaned_files([FOLDER], _known, at=at)


def _known(names: Collection[str]) -> set[str]:
    return set(ChangeDocument.objects.filter(file__in=names).values_list("file", flat=True))
