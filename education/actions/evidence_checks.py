"""The worker's tasks for documents: scanning for malware, re-encoding pictures, and deleting orphaned files."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import check_each_document, delete_orphaned_files, tell
from accounts.enums import AlertKind
from accounts.queries import in_language_of
from cmp_portal.lib.storage import storage_errors
from cmp_portal.lib.uploads import FileCondition, looked_into
from education.models import FEEDS, FOLDER, Evidence, IntakeBatch


def check_evidence(*, at: datetime) -> int:
    """Checks every waiting document; returns how many."""
    return check_each_document(Evidence, partial(_check_one, at=at))


@transaction.atomic
def _check_one(pk: int, *, at: datetime) -> bool:
    waiting = Evidence.objects.filter(pk=pk, condition=FileCondition.WAITING)
    document = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("credit").first()
    if document is None:
        return False
    document.condition = _looked_at(document)
    document.checked_at = at
    document.save(update_fields=["condition", "checked_at", "preview"])
    if document.condition != FileCondition.FINE:
        _tell(document, at=at)
    return True


def _looked_at(document: Evidence) -> FileCondition:
    """Scans the file and, for a picture, stores a re-encoded preview."""
    try:
        with storage_errors(), document.file.open("rb") as file:
            condition, picture = looked_into(file, document.media_type)
            if picture:
                document.preview.save("preview.jpg", ContentFile(picture), save=False)
    except FileNotFoundError:
        return FileCondition.UNREADABLE
    return condition


def _tell(document: Evidence, *, at: datetime) -> None:
    infected = document.condition == FileCondition.INFECTED
    with in_language_of(document.holder_id):
        tell(
            holder_id=document.holder_id,
            kind=AlertKind.EVIDENCE_REFUSED,
            key=f"{AlertKind.EVIDENCE_REFUSED}:{document.pk}",
            title=_("One of your documents was held back") if infected else _("One of your documents can't be opened"),
            body=_what_to_do(document, infected=infected) % {"name": document.name},
            link=_where(document),
            at=at,
        )


def _where(document: Evidence) -> str:
    """The page where another copy can be added: that of the credit, or of the letter the document came with."""
    if document.credit is not None:
        return reverse("education:credit", args=[document.credit.uuid])
    letter = getattr(document, "appeal_document", None)
    return letter.get_absolute_url() if letter else ""


def _what_to_do(document: Evidence, *, infected: bool) -> str:
    if document.credit is None:
        if infected:
            return _(
                "“%(name)s”, sent with your letter, contains something harmful. Please replace it with a clean copy."
            )
        return _("“%(name)s”, sent with your letter, is damaged. Please replace it.")
    if infected:
        return _("“%(name)s” contains something harmful. Please add a clean copy.")
    return _("“%(name)s” is damaged. Please add it again.")


def sweep_evidence(*, at: datetime) -> int:
    """Deletes stored files that no row refers to and that are a day old (uploads that broke off); returns how many."""
    return delete_orphaned_files([FOLDER, FEEDS], _known, at=at)


def _known(names: Collection[str]) -> set[str]:
    known = set(Evidence.objects.filter(file__in=names).values_list("file", flat=True))
    known |= set(Evidence.objects.filter(preview__in=names).values_list("preview", flat=True))
    return known | set(IntakeBatch.objects.filter(file__in=names).values_list("file", flat=True))
