"""Documents behind credits: accepted by content, kept privately, removed only from view."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.storage import StorageAway, storage_errors
from education.actions.allocation import lock_credit
from education.models import Allocation, Credit, Evidence

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile

ACCEPTED = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


class EvidenceRefused(Exception):
    """The file can't be kept as evidence; the message says why."""


@transaction.atomic
def attach(*, credit: Credit, upload: Upload, by: User, at: datetime) -> Evidence:
    """Keeps a file as evidence of a credit; the same content twice is kept once.

    EvidenceRefused for a file that is not accepted, for more than the holder's quota, and while the store is away.
    """
    media_type = checked_type(upload)
    Credit.objects.select_for_update().get(pk=credit.pk)
    digest = _sha256(upload)
    known = Evidence.objects.filter(credit=credit, sha256=digest, removed_at=None).first()
    if known is not None:
        return known
    _refuse_over_quota(credit.holder_id, upload.size or 0)
    name = PurePath(upload.name or "document").name[-150:]
    upload.name = f"document{SUFFIXES[media_type]}"
    try:
        with storage_errors():
            return Evidence.objects.create(
                holder_id=credit.holder_id,
                credit=credit,
                file=upload,
                name=name,
                media_type=media_type,
                size=upload.size or 0,
                sha256=digest,
                uploaded_at=at,
            )
    except StorageAway:
        raise EvidenceRefused(_("Documents can't be kept at the moment. Please add “%s” again later.") % name) from None


def _refuse_over_quota(holder: int, size: int) -> None:
    """Uploads of one holder take turns here, so that several at once can't slip past."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('documents', %s))", [holder])
    used = Evidence.objects.filter(holder=holder).aggregate(files=Count("id"), size=Sum("size", default=0))
    if used["files"] >= settings.EVIDENCE_QUOTA_FILES:
        raise EvidenceRefused(_("You have %s documents, as many as can be kept.") % settings.EVIDENCE_QUOTA_FILES)
    if used["size"] + size > settings.EVIDENCE_QUOTA_BYTES:
        limit = filesizeformat(settings.EVIDENCE_QUOTA_BYTES)
        raise EvidenceRefused(_("Your documents may take %s in all; this one would be too much.") % limit)


@transaction.atomic
def remove(*, evidence: Evidence, by: User, at: datetime) -> Evidence:
    """Takes a document out of view; the file stays until it may be discarded. What was declared with it stays."""
    lock_credit(evidence.credit_id)
    if Allocation.objects.filter(credit=evidence.credit_id, cycle__shares_frozen_at__isnull=False).exists():
        raise EvidenceRefused(_("This document belongs to a declaration: an audit may ask for it."))
    Evidence.objects.filter(pk=evidence.pk, removed_at=None).update(removed_at=at)
    evidence.refresh_from_db()
    return evidence


def checked_type(upload: Upload) -> str:
    """The media type by content; EvidenceRefused for anything but a PDF, PNG or JPEG of a fair size."""
    if not upload.size:
        raise EvidenceRefused(_("“%(name)s” is empty.") % {"name": upload.name})
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        limit = settings.EVIDENCE_MAX_BYTES // 1024**2
        raise EvidenceRefused(_("“%(name)s” is larger than %(limit)s MB.") % {"name": upload.name, "limit": limit})
    upload.seek(0)
    head = upload.read(2048)
    upload.seek(0)
    for magic, media_type in ACCEPTED.items():
        if head.startswith(magic) and _agrees(head, media_type):
            return media_type
    raise EvidenceRefused(_("“%(name)s” is not a PDF, PNG or JPEG file.") % {"name": upload.name})


def _agrees(head: bytes, media_type: str) -> bool:
    """A second opinion that knows more formats than our three."""
    try:
        return puremagic.from_string(head, mime=True) == media_type
    except puremagic.PureError:
        return False


def _sha256(upload: Upload) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
