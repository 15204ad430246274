"""Documents for credits and letters: accepted by content, stored privately, and removed only from view."""

from collections.abc import Iterable
from datetime import datetime

from django.core.files import File
from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.storage import StorageAway, storage_errors
from cmp_portal.lib.uploads import SUFFIXES, Upload, checked_type, lock_holder, name_of, refuse_over_quota, sha256_of
from cmp_portal.lib.uploads import UploadRefused as EvidenceRefused
from education.actions.allocation import CreditGone, lock_credit, still_there
from education.models import Allocation, Credit, Evidence


@transaction.atomic
def attach(*, credit: Credit, upload: Upload, by: User, at: datetime) -> Evidence:
    """Stores a file as evidence of a credit; the same content is stored once.

    Raises EvidenceRefused for a file that is not accepted, one beyond the holder's quota, or while the storage is
    unavailable.
    """
    checked_type(upload)
    still_there(Credit.objects.all(), credit.pk)
    known = Evidence.objects.filter(credit=credit, sha256=sha256_of(upload), removed_at=None).first()
    return known or keep(upload=upload, holder_id=credit.holder_id, credit=credit, at=at)


@transaction.atomic
def attach_all(*, credit: Credit, uploads: Iterable[Upload], by: User, at: datetime) -> list[Evidence]:
    """Stores several files as evidence of a credit: all of them or, if `attach` refuses one, none."""
    return [attach(credit=credit, upload=upload, by=by, at=at) for upload in uploads]


@transaction.atomic
def keep(*, upload: Upload, holder_id: int, credit: Credit | None = None, at: datetime) -> Evidence:
    """Stores a holder's file; one without a credit came with a letter, to which the caller links it.

    Raises EvidenceRefused like `attach`. The upload itself is left unchanged, so that storing it can be tried again.
    """
    media_type, name = checked_type(upload), name_of(upload)
    _refuse_over_quota(holder_id, upload.size or 0)
    try:
        with storage_errors():
            return Evidence.objects.create(
                holder_id=holder_id,
                credit=credit,
                file=File(upload.file, name=f"document{SUFFIXES[media_type]}"),
                name=name,
                media_type=media_type,
                size=upload.size or 0,
                sha256=sha256_of(upload),
                uploaded_at=at,
            )
    except StorageAway:
        raise EvidenceRefused(_("Documents can't be saved right now. Please add “%s” again later.") % name) from None


def _refuse_over_quota(holder: int, size: int) -> None:
    lock_holder(holder)
    used = Evidence.objects.filter(holder=holder).aggregate(files=Count("id"), size=Sum("size", default=0))
    refuse_over_quota(size, files_kept=used["files"], bytes_kept=used["size"])


@transaction.atomic
def remove(*, evidence: Evidence, by: User, at: datetime) -> Evidence:
    """Removes a document from view; the file stays until its retention ends.

    Raises EvidenceRefused for documents that belong to a declaration or to a letter.
    """
    if evidence.credit_id is None:
        raise EvidenceRefused(_("This document was sent with a letter to the Board and stays with it."))
    try:
        credit = lock_credit(evidence.credit_id)
    except CreditGone:  # its documents moved to the credit that it was merged into
        evidence.refresh_from_db()
        credit = lock_credit(evidence.credit_id)
    if Allocation.objects.filter(credit=credit, cycle__shares_frozen_at__isnull=False).exists():
        raise EvidenceRefused(_("This document belongs to a declaration: an audit may ask for it."))
    Evidence.objects.filter(pk=evidence.pk, removed_at=None).update(removed_at=at)
    evidence.refresh_from_db()
    return evidence
