"""Uploaded files: type checked by content, limited by quota, stored under a random key, scanned before use."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

import puremagic
from django.conf import settings
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cmp_portal.lib.formatting import size_text
from cmp_portal.lib.pictures import UnreadablePicture, redrawn
from cmp_portal.lib.scanning import scan
from cmp_portal.lib.storage import storage_errors
from cmp_portal.lib.texts import without_turning

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile

ACCEPTED = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
NAMES = 500
END_OF_PDF = b"%%EOF"
# Readers look for it in the last 1,024 bytes (ISO 32000-1, annex H); some scanners append a little padding.
TAIL = 4096


class FileCondition(models.TextChoices):
    """The result of the worker's check of an uploaded file."""

    WAITING = "waiting", gettext_lazy("Being checked")
    FINE = "fine", gettext_lazy("Checked")
    UNREADABLE = "unreadable", gettext_lazy("Can't be opened")
    INFECTED = "infected", gettext_lazy("Held back: harmful content")


# Unusable whatever else is decided about it: the owner has to send it again.
USELESS = frozenset({FileCondition.UNREADABLE, FileCondition.INFECTED})


class UploadRefused(Exception):
    """The file can't be accepted; the message says why."""


def checked_type(upload: Upload) -> str:
    """The media type by content; raises UploadRefused for anything but a PDF, PNG or JPEG within the size limit."""
    if not upload.size:
        raise UploadRefused(_("“%(name)s” is empty.") % {"name": name_of(upload)})
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        limit = size_text(settings.EVIDENCE_MAX_BYTES)
        raise UploadRefused(_("“%(name)s” is larger than %(limit)s.") % {"name": name_of(upload), "limit": limit})
    upload.seek(0)
    head = upload.read(2048)
    upload.seek(0)
    for magic, media_type in ACCEPTED.items():
        if head.startswith(magic) and _agrees(head, media_type):
            return media_type
    raise UploadRefused(_("“%(name)s” is not a PDF, PNG or JPEG file.") % {"name": name_of(upload)})


def _agrees(head: bytes, media_type: str) -> bool:
    """Cross-check with a library that knows more formats than our three."""
    try:
        return bool(puremagic.from_string(head, mime=True) == media_type)
    except puremagic.PureError:
        return False


def sha256_of(upload: Upload) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def name_of(upload: Upload) -> str:
    """The file's original name, for display only."""
    return without_turning(PurePath(upload.name or "document").name)[-150:] or "document"


def fitting_name(name: str, media_type: str) -> str:
    """The name for downloads, with the suffix of its actual type, so that it opens as what it is."""
    suffix = SUFFIXES.get(media_type, "")
    fits = PurePath(name).suffix.lower().replace(".jpeg", ".jpg") == suffix or not suffix
    return name if fits else f"{name}{suffix}"


def random_key(folder: str, filename: str) -> str:
    """A storage key that reveals neither person nor file."""
    return f"{folder}/{secrets.token_hex(2)}/{secrets.token_urlsafe(24)}{PurePath(filename).suffix.lower()[:8]}"


def lock_holder(holder: int) -> None:
    """Serialize one holder's uploads until the end of the transaction, so that parallel ones can't exceed the quota."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('documents', %s))", [holder])


def refuse_over_quota(size: int, *, files_kept: int, bytes_kept: int) -> None:
    """Raise UploadRefused if the holder has too many documents, or this one would exceed their total size."""
    if files_kept >= settings.EVIDENCE_QUOTA_FILES:
        most = settings.EVIDENCE_QUOTA_FILES
        full = ngettext(
            "You have %(count)d document, which is the most you can keep.",
            "You have %(count)d documents, which is the most you can keep.",
            most,
        )
        raise UploadRefused(full % {"count": most})
    if bytes_kept + size > settings.EVIDENCE_QUOTA_BYTES:
        limit = size_text(settings.EVIDENCE_QUOTA_BYTES)
        raise UploadRefused(_("Your documents can take up %s in total. This one would exceed that.") % limit)


def held_back() -> set[str]:
    """Conditions in which nobody may open a document: infected, or not yet scanned while a scanner is configured."""
    return {FileCondition.INFECTED} | ({FileCondition.WAITING} if settings.EVIDENCE_SCANNER else set())


def looked_into(file: IO[bytes], media_type: str) -> tuple[FileCondition, bytes]:
    """Scan the file; returns its condition and, for a clean image, a re-encoded preview (else empty)."""
    if scan(file):
        return FileCondition.INFECTED, b""
    if not media_type.startswith("image/"):
        return FileCondition.FINE if _has_its_end(file) else FileCondition.UNREADABLE, b""
    file.seek(0)
    try:
        return FileCondition.FINE, redrawn(file)
    except UnreadablePicture:
        return FileCondition.UNREADABLE, b""


def _has_its_end(file: IO[bytes]) -> bool:
    """Whether a PDF ends with its end-of-file marker; a truncated upload has none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    return END_OF_PDF in file.read()


def stored(storage: Storage, folder: str, *, older_than: datetime) -> Iterator[list[str]]:
    """Names of stored documents last modified before `older_than`, in batches of up to NAMES."""
    with storage_errors():
        folders = storage.listdir(folder)[0] if storage.exists(folder) else []
        for inner in folders:
            names = [f"{folder}/{inner}/{name}" for name in storage.listdir(f"{folder}/{inner}")[1]]
            old = [name for name in names if storage.get_modified_time(name) < older_than]
            yield from (old[start : start + NAMES] for start in range(0, len(old), NAMES))
