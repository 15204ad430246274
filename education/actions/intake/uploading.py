"""Feeds that the Board uploads: stored until the worker has received them."""

from datetime import datetime
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions import Failures
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.feeds import mappings
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.formatting import size_text
from cmp_portal.lib.storage import StorageAway, storage_errors
from cmp_portal.lib.uploads import Upload, UploadRefused, name_of, sha256_of
from education.actions.intake.feed import columns
from education.actions.intake.receiving import CHUNK, UndoneFeed, receive
from education.actions.intake.undoing import undo_batch
from education.models import IntakeBatch, Provider


@transaction.atomic
def upload_feed(*, provider: Provider, upload: Upload, by: User, at: datetime) -> IntakeBatch:
    """Stores a file for the worker without looking at its contents.

    The same file again is the same batch. If that is complete, the worker receives it again, as the command does, for
    lines whose refusal no longer holds. A file that was undone is refused.
    """
    if not upload.size:
        raise UploadRefused(_("“%(name)s” is empty.") % {"name": upload.name})
    if upload.size > settings.FEED_MAX_BYTES:
        limit = size_text(settings.FEED_MAX_BYTES)
        raise UploadRefused(_("“%(name)s” is larger than %(limit)s.") % {"name": upload.name, "limit": limit})
    values = {"name": name_of(upload), "received_by": by, "started_at": at, "chunk_lines": CHUNK}
    batch, is_new = IntakeBatch.objects.select_for_update().get_or_create(
        provider=provider, sha256=sha256_of(upload), chunk_lines__gt=0, defaults=values
    )
    if batch.undo_asked_at:
        day = longdate(clock.board_day(batch.undo_asked_at))
        raise UploadRefused(_("The Board undid this file on %(day)s. Send its contents as a new file.") % {"day": day})
    if is_new or batch.ended_at:
        if batch.failure:
            batch.failure, batch.ended_at = "", None
        try:
            with storage_errors():
                batch.file.save("feed", upload)
        except StorageAway:
            raise UploadRefused(_("Files can't be saved right now. Please try again later.")) from None
    return batch


def work_on_feeds(*, at: datetime) -> int:
    """Receives uploaded feeds and undoes those to be undone, oldest first; returns how many feeds.

    One that fails for an unknown reason waits for the next run, without holding up the others.
    """
    uploaded, to_undo = ~Q(file="") & Q(undo_asked_at=None), Q(undone_at=None, undo_asked_at__isnull=False)
    wanted = IntakeBatch.objects.filter(uploaded | to_undo)
    batches = list(wanted.order_by("id").select_related("provider", "received_by", "undo_asked_by"))
    failures = Failures()
    for batch in batches:
        with failures.kept_to(f"feed {batch.pk}"):
            _work_on(batch, at=at)
    return failures.told(len(batches) - len(failures.failed))


def _work_on(batch: IntakeBatch, *, at: datetime) -> None:
    if batch.undo_asked_by is not None:
        undo_batch(batch=batch, by=batch.undo_asked_by, at=at)
        _forget_file(batch)
    else:
        _take_in(batch, at=at)


def _take_in(batch: IntakeBatch, *, at: datetime) -> None:
    """Receives the stored file; if killed, the next run resumes from the receipts."""
    try:
        with storage_errors(), batch.file.open("rb") as file:
            feed = mappings.opened(
                cast(BinaryIO, file), columns(on=clock.board_day(at)), most=settings.FEED_MAX_TEXT_BYTES
            )
            receive(feed=feed, provider=batch.provider, name=batch.name, at=at, by=batch.received_by)
    except UndoneFeed:
        pass  # the next run undoes it
    except (UnusableFile, FileNotFoundError) as problem:
        failure = str(problem) if isinstance(problem, UnusableFile) else _("the file no longer exists: upload it again")
        IntakeBatch.objects.filter(pk=batch.pk).update(failure=failure[:300], ended_at=clock.now())
    _forget_file(batch)


def _forget_file(batch: IntakeBatch) -> None:
    """Deletes the stored file, since lines that could not be used are stored as rows; a newly uploaded file stays."""
    name = batch.file.name
    IntakeBatch.objects.filter(pk=batch.pk, file=name).update(file="")
    if name:
        with storage_errors():
            default_storage.delete(name)
