"""Review: rulings and notes on a declaration, the appeal against a denial, and the review queue."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from credentials.models import Area, CredentialType
from declarations.enums import Flag, Grounds, Ruled, State
from declarations.guards import (
    appeal_document_guards,
    append_only,
    never_kept_from_its_writer,
    note_guards,
    ruling_guards,
)
from declarations.models.declarations import Declaration
from declarations.rules import UNDECIDED
from education.models import Credit, Evidence


class Appeal(models.Model):
    """An appeal against a denial; at most one per declaration."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="appeal")
    grounds = models.CharField(max_length=12, choices=Grounds)
    letter = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(letter=""), name="appeal_has_letter"),
            models.CheckConstraint(condition=Q(grounds__in=Grounds.values), name="appeal_grounds_are_known"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"appeal of {self.declaration}"


@track_history()
class AppealDocument(models.Model):
    """A document sent with an appeal, or a copy of one that can't be opened; stored like evidence."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="documents")
    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="appeal_document")
    # The evidence uuid of the document, of the same appeal, that it replaces.
    replaces = models.UUIDField(null=True, blank=True)

    class Meta:
        triggers = appeal_document_guards()

    def __str__(self) -> str:
        return self.evidence.name

    def get_absolute_url(self) -> str:
        return f"{self.appeal.declaration.get_absolute_url()}#appeal-documents"


class Ruling(models.Model):
    """A reviewer's ruling on one declared credit; the newest per submission applies, the frozen copy is unaffected."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    submission = models.PositiveSmallIntegerField()
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="rulings")
    outcome = models.CharField(max_length=12, choices=Ruled)
    # The area in which all of its declared points count instead.
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Ruled.values), name="ruling_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome=Ruled.MOVED, area__isnull=False) | (~Q(outcome=Ruled.MOVED) & Q(area__isnull=True)),
                name="ruling_moved_says_where",
            ),
            models.CheckConstraint(condition=Q(outcome=Ruled.ACCEPTED) | ~Q(reason=""), name="ruling_against_says_why"),
        ]
        indexes = [models.Index(fields=["declaration", "submission", "credit", "-id"], name="ruling_newest")]
        triggers = ruling_guards()

    def __str__(self) -> str:
        return f"{self.credit}: {self.get_outcome_display()}"


class Note(models.Model):
    """A note about a declaration, for the Board's staff only or shared with its holder."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="notes")
    is_shared = models.BooleanField()
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_has_text")]
        triggers = [*note_guards(), never_kept_from_its_writer()]

    def __str__(self) -> str:
        return self.text[:60]


class Waiting(models.Model):
    """Queue entry of a declaration waiting for the Board: derived data, written with each move, reconciled hourly."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, primary_key=True, related_name="waiting")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State)
    due_on = models.DateField()
    flags = ArrayField(models.CharField(max_length=16, choices=Flag), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=sorted(UNDECIDED)), name="waiting_is_undecided"),
            models.CheckConstraint(condition=Q(flags__contained_by=Flag.values), name="waiting_flags_are_known"),
        ]
        indexes = [
            models.Index(fields=["due_on", "declaration"], name="waiting_in_order"),
            models.Index(fields=["credential_type", "due_on", "declaration"], name="waiting_of_type"),
            GinIndex(fields=["flags"], name="waiting_by_flag"),
        ]

    def __str__(self) -> str:
        return f"{self.declaration} due on {self.due_on}"


class AtWork(models.Model):
    """A reviewer's claim on a declaration, so that two don't work on it at once; a lease that expires."""

    waiting = models.OneToOneField(Waiting, on_delete=models.CASCADE, primary_key=True, related_name="at_work")
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.waiting}: {self.taken_by}"
