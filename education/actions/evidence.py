"""Documents behind credits: accepted by content, kept privately, removed only from view."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
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
    """Keeps a file as evidence of a credit; the same content twice is kept once."""
    media_type = checked_type(upload)
    Credit.objects.select_for_update().get(pk=credit.pk)
    digest = _sha256(upload)
    known = Evidence.objects.filter(credit=credit, sha256=digest, removed_at=None).first()
    if known is not None:
        return known
    name = PurePath(upload.name or "document").name[-150:]
    upload.name = f"document{SUFFIXES[media_type]}"
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
