"""Disputes: what holders contest about delivered credits, and the Board's answers."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from education.enums import DisputeState
from education.guards import dispute_guards
from education.models.credits import Credit


@track_history()
class Dispute(models.Model):
    """A holder's objection to a delivered credit, in the Board's queue until it is answered."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="disputes")
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="disputes", db_index=False)
    note = models.TextField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=DisputeState, default=DisputeState.OPEN)
    answer = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state_is_known"),
            models.CheckConstraint(condition=~Q(note=""), name="dispute_has_note"),
            models.CheckConstraint(
                condition=Q(state=DisputeState.OPEN, decided_at__isnull=True, decided_by__isnull=True, answer="")
                | (~Q(state=DisputeState.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(answer="")),
                name="dispute_decision_says_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("raised_at")),
                name="dispute_decided_after_raised",
            ),
            models.UniqueConstraint(
                fields=["credit"], condition=Q(state=DisputeState.OPEN), name="dispute_one_open_per_credit"
            ),
        ]
        indexes = [
            models.Index(F("decided_at").asc(nulls_first=True), "raised_at", "id", name="dispute_queue"),
            models.Index(fields=["credit", "-id"], name="dispute_of_credit"),
        ]
        triggers = dispute_guards()

    def __str__(self) -> str:
        return f"dispute of {self.credit}"

    def get_absolute_url(self) -> str:
        return reverse("education:dispute", args=[self.credit.uuid])
