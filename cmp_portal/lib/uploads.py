"""Files that people send: accepted by content, within a quota, under a random key, looked into before they open."""

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
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cmp_portal.lib.pictures import UnreadablePicture, redrawn
from cmp_portal.lib.scanning import scan
from cmp_portal.lib.storage import storage_errors

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile

ACCEPTED = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
NAMES = 500
END_OF_PDF = b"%%EOF"
# Readers look for it in the last 1,024 bytes (ISO 32000-1, annex H); some scanners fill up with a few more.
TAIL = 4096


class FileCondition(models.TextChoices):
    """What the worker found in an uploaded file."""

    WAITING = "waiting", gettext_lazy("Being checked")
    FINE = "fine", gettext_lazy("Checked")
    UNREADABLE = "unreadable", gettext_lazy("Can't be opened")
    INFECTED = "infected", gettext_lazy("Held back: harmful content")


# What nobody can read, whatever else is decided of it: its owner sends it again.
USELESS = frozenset({FileCondition.UNREADABLE, FileCondition.INFECTED})


class UploadRefused(Exception):
    """The file can't be kept; the message says why."""


def checked_type(upload: Upload) -> str:
    """The media type by content; UploadRefused for anything but a PDF, PNG or JPEG of a fair size."""
    if not upload.size:
        raise UploadRefused(_("“%(name)s” is empty.") % {"name": upload.name})
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        limit = settings.EVIDENCE_MAX_BYTES // 1024**2
        raise UploadRefused(_("“%(name)s” is larger than %(limit)s MB.") % {"name": upload.name, "limit": limit})
    upload.seek(0)
    head = upload.read(2048)
    upload.seek(0)
    for magic, media_type in ACCEPTED.items():
        if head.startswith(magic) and _agrees(head, media_type):
            return media_type
    raise UploadRefused(_("“%(name)s” is not a PDF, PNG or JPEG file.") % {"name": upload.name})


def _agrees(head: bytes, media_type: str) -> bool:
    """A second opinion that knows more formats than our three."""
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
    """The file's own name, to be shown; it decides nothing."""
    return PurePath(upload.name or "document").name[-150:]


def fitting_name(name: str, media_type: str) -> str:
    """The name to hand it out by: whoever opens the file opens what it is, whatever it was called."""
    suffix = SUFFIXES.get(media_type, "")
    fits = PurePath(name).suffix.lower().replace(".jpeg", ".jpg") == suffix or not suffix
    return name if fits else f"{name}{suffix}"


def random_key(folder: str, filename: str) -> str:
    """A key in the store: neither person nor file can be guessed from it."""
    return f"{folder}/{secrets.token_hex(2)}/{secrets.token_urlsafe(24)}{PurePath(filename).suffix.lower()[:8]}"


def take_turns(holder: int) -> None:
    """Uploads of one holder take turns from here to the end of the transaction: several can't slip past the quota."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('documents', %s))", [holder])


def refuse_over_quota(size: int, *, files_kept: int, bytes_kept: int) -> None:
    """UploadRefused where a holder has too many documents, or would have too large ones with this one."""
    if files_kept >= settings.EVIDENCE_QUOTA_FILES:
        raise UploadRefused(_("You have %s documents, which is the most you can keep.") % settings.EVIDENCE_QUOTA_FILES)
    if bytes_kept + size > settings.EVIDENCE_QUOTA_BYTES:
        limit = filesizeformat(settings.EVIDENCE_QUOTA_BYTES)
        raise UploadRefused(_("Your documents can take up %s in total. This one would exceed that.") % limit)


def held_back() -> set[str]:
    """In what condition a document is opened by nobody: harmful, and where a scanner is at work, not yet seen by it."""
    return {FileCondition.INFECTED} | ({FileCondition.WAITING} if settings.EVIDENCE_SCANNER else set())


def looked_into(file: IO[bytes], media_type: str) -> tuple[FileCondition, bytes]:
    """Scans a file; of a picture that is fine, also the preview drawn anew, which is empty for everything else."""
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
    """Whether a PDF closes with its mark: one that broke off on the way to its holder has none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    return END_OF_PDF in file.read()


def stored(storage: Storage, folder: str, *, older_than: datetime) -> Iterator[list[str]]:
    """The names of stored documents, some hundreds at a time."""
    with storage_errors():
        folders = storage.listdir(folder)[0] if storage.exists(folder) else []
        for inner in folders:
            names = [f"{folder}/{inner}/{name}" for name in storage.listdir(f"{folder}/{inner}")[1]]
            old = [name for name in names if storage.get_modified_time(name) < older_than]
            yield from (old[start : start + NAMES] for start in range(0, len(old), NAMES))
