"""Changes to the record that a holder requests and a registrar decides."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import queries
from accounts.actions.alerts import tell
from accounts.actions.letters import write_letter
from accounts.enums import AlertKind, ChangeKind, LetterKind, RequestState
from accounts.models import Change, ChangeDocument, Holder, User
from accounts.permissions import may_decide_change
from accounts.queries import in_language_of
from accounts.rules import CHANGES_A_DAY, DOCUMENTS_OF_A_CHANGE, WantedChange
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.storage import StorageAway, storage_errors
from cmp_portal.lib.uploads import (
    SUFFIXES,
    Upload,
    UploadRefused,
    checked_type,
    lock_holder,
    name_of,
    refuse_over_quota,
    sha256_of,
)

ONE_AT_A_TIME = gettext_lazy(
    "The Board already has a request from you. Wait for its answer, or withdraw the request first."
)


class ChangeRefused(Exception):
    """The change can't be requested or decided; the message says why."""


@retry_on_conflict
@transaction.atomic
def ask(*, holder: Holder, wanted: WantedChange, uploads: Iterable[Upload] = (), by: User, at: datetime) -> Change:
    """Request a change; idempotent for the same request.

    Raises ChangeRefused if nothing would change, another request is open, or a name change has no document, and
    UploadRefused for a document that can't be stored.
    """
    holder = Holder.objects.select_for_update(no_key=True).get(pk=holder.pk)
    change = queries.open_change(holder, wanted.kind)
    if change is None:
        change = _asked(holder, wanted, by=by, at=at)
    elif not _is_same(change, wanted):
        raise ChangeRefused(ONE_AT_A_TIME)
    for upload in uploads:
        _keep(change, upload, at=at)
    if wanted.kind == ChangeKind.NAME and not change.documents.exists():
        raise ChangeRefused(_("Add a document that shows the new name."))
    return change


def _asked(holder: Holder, wanted: WantedChange, *, by: User, at: datetime) -> Change:
    made = Change(holder=holder, kind=wanted.kind, words=wanted.words, requested_at=at, requested_by=by)
    made.first_name, made.last_name, made.email = wanted.first_name, wanted.last_name, wanted.email
    made.was = queries.now_of(holder, wanted.kind)
    if made.wanted == made.was or (made.email and made.email.lower() == made.was.lower()):
        raise ChangeRefused(_("The Board already has this on file."))
    recent = Change.objects.filter(holder=holder, kind=wanted.kind, requested_at__gt=at - timedelta(days=1))
    if recent.count() >= CHANGES_A_DAY:
        raise ChangeRefused(_("There were too many requests. Please try again tomorrow, or write to the Board."))
    made.save()
    if wanted.kind == ChangeKind.ADDRESS:
        _tell_asked(made, at=at)
    return made


def _is_same(change: Change, wanted: WantedChange) -> bool:
    asked = (change.first_name, change.last_name, change.email, change.words)
    return asked == (wanted.first_name, wanted.last_name, wanted.email, wanted.words)


def _keep(change: Change, upload: Upload, *, at: datetime) -> None:
    """Store a document with its request; the same content only once."""
    media_type, digest = checked_type(upload), sha256_of(upload)
    lock_holder(change.holder_id)
    if change.documents.filter(sha256=digest).exists():
        return
    if change.documents.count() >= DOCUMENTS_OF_A_CHANGE:
        raise UploadRefused(_("A request can have at most %s documents.") % DOCUMENTS_OF_A_CHANGE)
    kept = ChangeDocument.objects.filter(holder=change.holder_id).aggregate(
        files=Count("id"), size=Sum("size", default=0)
    )
    refuse_over_quota(upload.size or 0, files_kept=kept["files"], bytes_kept=kept["size"])
    _store(change, upload, media_type, digest, at=at)


def _store(change: Change, upload: Upload, media_type: str, digest: str, *, at: datetime) -> None:
    name, size = name_of(upload), upload.size or 0
    upload.name = f"document{SUFFIXES[media_type]}"
    document = ChangeDocument(change=change, holder_id=change.holder_id, file=upload, name=name, uploaded_at=at)
    document.media_type, document.size, document.sha256 = media_type, size, digest
    try:
        with storage_errors():
            document.save()
    except StorageAway:
        raise UploadRefused(_("Documents can't be saved right now. Please send “%s” again later.") % name) from None


@retry_on_conflict
@transaction.atomic
def withdraw_change(*, change: Change, by: User, at: datetime) -> Change:
    """Withdraw a request that is not decided yet; idempotent."""
    change = Change.objects.select_for_update().get(pk=change.pk)
    if change.state == RequestState.OPEN:
        _decide(change, RequestState.WITHDRAWN, by=by, at=at, note="")
    elif change.state != RequestState.WITHDRAWN:
        raise ChangeRefused(_("The Board has already answered this request."))
    return change


# --- The registrar ----------------------------------------------------------------------------------------------------


@retry_on_conflict
@transaction.atomic
def grant_change(*, change: Change, by: User, at: datetime, note: str) -> Change:
    """Apply the requested change to the record; the account is not affected. Idempotent.

    A change of address is also sent to the old address, which alerts no longer reach.
    """
    holder = Holder.objects.select_for_update().get(pk=change.holder_id)
    change = _locked(change)
    if was_decided_so(change, RequestState.GRANTED, by=by, note=note):
        return change
    _refuse_undecidable(change, by=by, note=note)
    if change.kind == ChangeKind.ADDRESS and holder.email:
        write_letter(holder=holder, kind=LetterKind.ADDRESS_CHANGED, email=holder.email, by=by, at=at)
    _apply(change, holder)
    _decide(change, RequestState.GRANTED, by=by, at=at, note=note)
    names = {
        ChangeKind.NAME: gettext_noop("Your name was changed"),
        ChangeKind.ADDRESS: gettext_noop("Your address on file was changed"),
    }
    _tell_answered(change, names[ChangeKind(change.kind)], at=at)
    return change


@retry_on_conflict
@transaction.atomic
def decline_change(*, change: Change, by: User, at: datetime, note: str) -> Change:
    """Decline the request, with the reason; idempotent."""
    change = _locked(change)
    if was_decided_so(change, RequestState.DECLINED, by=by, note=note):
        return change
    _refuse_undecidable(change, by=by, note=note)
    _decide(change, RequestState.DECLINED, by=by, at=at, note=note)
    _tell_answered(change, gettext_noop("Your request to change your record was declined"), at=at)
    return change


@retry_on_conflict
@transaction.atomic
def keep_holder(*, holder: Holder, by: User, at: datetime) -> Holder:
    """Save what a registrar entered or corrected; a change of address is also sent to the old one.

    All of the record is saved, so the caller must have read it under its lock.
    """
    old = Holder.objects.select_for_update().filter(pk=holder.pk).first()
    if old is not None and old.email and old.email.lower() != holder.email.lower():
        write_letter(holder=old, kind=LetterKind.ADDRESS_CHANGED, email=old.email, by=by, at=at)
    holder.save()
    return holder


def _locked(change: Change) -> Change:
    return Change.objects.select_for_update(of=("self",)).select_related("holder").get(pk=change.pk)


def was_decided_so(change: Change, state: RequestState, *, by: User, note: str) -> bool:
    """Whether exactly this decision was already made: a form submitted twice."""
    return (change.state, change.decided_by_id, change.note) == (state, by.pk, note.strip())


def _refuse_undecidable(change: Change, *, by: User, note: str) -> None:
    if change.state != RequestState.OPEN:
        raise ChangeRefused(_("This request is now “%(state)s”.") % {"state": change.get_state_display()})
    if not may_decide_change(by, change):
        raise ChangeRefused(_("You are not allowed to decide on this request."))
    if not note.strip():
        raise ChangeRefused(_("Give a reason. The holder will read it."))


def _apply(change: Change, holder: Holder) -> None:
    if change.kind == ChangeKind.ADDRESS:
        holder.email = change.email
        holder.save(update_fields=["email"])
    else:
        holder.first_name, holder.last_name = change.first_name, change.last_name
        holder.save(update_fields=["first_name", "last_name"])


def _decide(change: Change, state: RequestState, *, by: User, at: datetime, note: str) -> None:
    change.state, change.decided_by, change.decided_at, change.note = state, by, at, note.strip()
    change.save(update_fields=["state", "decided_by", "decided_at", "note"])


def _tell_answered(change: Change, title: str, *, at: datetime) -> None:
    with in_language_of(change.holder_id):
        tell(
            holder_id=change.holder_id,
            kind=AlertKind.REQUEST_ANSWERED,
            key=f"change:{change.pk}",
            title=_(title),
            body=change.note,
            link=reverse("accounts:record"),
            at=at,
        )


def _tell_asked(change: Change, *, at: datetime) -> None:
    """Alert the holder while the old address is still on file, so that its owner can object."""
    with in_language_of(change.holder_id):
        tell(
            holder_id=change.holder_id,
            kind=AlertKind.SECURITY,
            key=f"change:asked:{change.pk}",
            title=_("You asked the Board to change your address on file"),
            body=_("The Board will decide. If this was not you, withdraw the request and change your password."),
            link=reverse("accounts:record"),
            at=at,
        )
