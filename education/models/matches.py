"""Pairs of a recorded and a delivered credit that may be the same activity."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from education.enums import MatchReason, MatchState
from education.guards import match_guards
from education.models.credits import Credit, Provider


class MatchQuerySet(models.QuerySet["Match"]):
    def waiting(self) -> "MatchQuerySet":
        """Doubtful pairs to decide."""
        return self.filter(state=MatchState.DOUBTFUL).of_two_credits()

    def of_two_credits(self) -> "MatchQuerySet":
        """Pairs of which neither credit is withdrawn or part of a match."""
        two = self.filter(recorded__provider=None, delivered__isnull=False)
        return two.filter(recorded__withdrawn_at=None, delivered__withdrawn_at=None)


@track_history()
class Match(models.Model):
    """A credit that its holder recorded, paired with one that a provider delivered under this external id.

    While matched, only the recorded credit exists, with the provider's facts; what the holder had entered is kept in
    `said`, so that the match can be undone.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="matches")
    recorded = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="matches")
    # NULL while the delivered credit is merged into this recorded one, or into another.
    delivered = models.ForeignKey(
        Credit, on_delete=models.PROTECT, null=True, blank=True, related_name="matches_as_delivered"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="matches")
    external_id = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=MatchState, default=MatchState.DOUBTFUL)
    reasons = ArrayField(models.CharField(max_length=24, choices=MatchReason))
    similarity = models.DecimalField(max_digits=4, decimal_places=3)
    said = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    # NULL for certain matches, which nobody had to decide.
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = "possible duplicate"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MatchState.values), name="match_state_is_known"),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=MatchReason.values, reasons__len__gt=0),
                name="match_reasons_are_known",
            ),
            models.CheckConstraint(condition=Q(similarity__range=(0, 1)), name="match_similarity_is_a_share"),
            models.CheckConstraint(
                condition=Q(state=MatchState.DOUBTFUL, decided_at__isnull=True, decided_by__isnull=True)
                | (
                    ~Q(state=MatchState.DOUBTFUL)
                    & Q(decided_at__isnull=False)
                    & (Q(state=MatchState.MATCHED) | Q(decided_by__isnull=False))
                ),
                name="match_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("created_at")),
                name="match_decided_after_created",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[MatchState.MATCHED, MatchState.UNDONE], said__isnull=False)
                | (~Q(state__in=[MatchState.MATCHED, MatchState.UNDONE]) & Q(said__isnull=True)),
                name="match_keeps_what_was_said",
            ),
            models.CheckConstraint(
                condition=~Q(state=MatchState.MATCHED) | Q(delivered__isnull=True), name="match_leaves_one_credit"
            ),
            models.CheckConstraint(condition=~Q(delivered=F("recorded")), name="match_is_of_two_credits"),
            models.UniqueConstraint(fields=["recorded", "provider", "external_id"], name="match_once_per_pair"),
            models.UniqueConstraint(
                fields=["recorded"], condition=Q(state=MatchState.MATCHED), name="match_one_delivery_per_recorded"
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                condition=Q(state=MatchState.MATCHED),
                name="match_one_recorded_per_delivery",
            ),
        ]
        indexes = [
            models.Index(F("decided_at").asc(nulls_first=True), "created_at", "id", name="match_queue"),
            models.Index(fields=["holder", "id"], condition=Q(state=MatchState.DOUBTFUL), name="match_waiting"),
        ]
        triggers = match_guards()

    def __str__(self) -> str:
        return f"{self.recorded.title}: {self.get_state_display()}"
