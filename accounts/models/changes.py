"""A holder's requests to change their record, and the documents that prove the change."""

from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import ChangeKind, RequestState
from accounts.models.people import Holder, User
from cmp_portal.lib.history import never_truncated, track_history
from cmp_portal.lib.uploads import FileCondition, random_key

FOLDER = "changes"


@track_history()
class Change(models.Model):
    """A request to change the name or the address on file, decided by a registrar."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=ChangeKind)
    # The requested value: both parts of a name, or an email address.
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    # The value on record when the request was made.
    was = models.CharField(max_length=254, blank=True)
    words = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.OPEN)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("change of name or address")
        verbose_name_plural = _("changes of name or address")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="change_state_is_known"),
            models.CheckConstraint(
                condition=(Q(kind=ChangeKind.NAME, email="") & ~Q(last_name=""))
                | (Q(kind=ChangeKind.ADDRESS, first_name="", last_name="") & ~Q(email="")),
                name="change_says_what_is_wanted",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.OPEN, decided_at=None, decided_by=None)
                | (~Q(state=RequestState.OPEN) & Q(decided_at__gte=F("requested_at"), decided_by__isnull=False)),
                name="change_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RequestState.GRANTED, RequestState.DECLINED]) | ~Q(note=""),
                name="change_decision_says_why",
            ),
            models.UniqueConstraint(
                fields=["holder", "kind"], condition=Q(state=RequestState.OPEN), name="change_one_open_per_kind"
            ),
        ]
        indexes = [
            models.Index(F("decided_at").asc(nulls_first=True), "requested_at", "id", name="change_queue"),
            models.Index(fields=["holder", "-id"], name="change_of_holder"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="is_decided_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state=RequestState.OPEN)
            ),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.holder}"

    @property
    def wanted(self) -> str:
        """The requested name or address, for display."""
        return self.email or f"{self.first_name} {self.last_name}".strip()


def document_path(document: "ChangeDocument", filename: str) -> str:
    return random_key(FOLDER, filename)


@track_history()
class ChangeDocument(models.Model):
    """A document that proves a change; kept with the request, whatever its outcome."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="change_documents")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="documents", db_index=False)
    file = models.FileField(upload_to=document_path, max_length=120)
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    condition = models.CharField(max_length=12, choices=FileCondition, default=FileCondition.WAITING)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "sha256"], name="change_document_kept_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="change_document_digest_is_sha256"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="change_document_not_empty"),
            models.CheckConstraint(
                condition=Q(condition__in=FileCondition.values), name="change_document_condition_is_known"
            ),
            models.CheckConstraint(
                condition=Q(condition=FileCondition.WAITING, checked_at=None)
                | (~Q(condition=FileCondition.WAITING) & Q(checked_at__isnull=False)),
                name="change_document_condition_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(condition=FileCondition.WAITING), name="change_document_to_check"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="follows_its_change",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("holder_id", "change_id"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM accounts_change c
                                    WHERE c.id = NEW.change_id AND c.holder_id = NEW.holder_id) THEN
                        RAISE EXCEPTION 'document and change have different holders' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return self.name
