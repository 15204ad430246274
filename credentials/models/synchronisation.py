"""A holder's request to synchronize all cycles to one end, decided by a registrar."""

from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.enums import RequestState
from accounts.models import Holder
from cmp_portal.lib.history import never_truncated, track_history


@track_history()
class SynchronisationRequest(models.Model):
    """A request to align the ends of a holder's cycles to the earliest of them."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="synchronisation_requests")
    # The earliest end when the request was made; once granted, the end that was set.
    ends_on = models.DateField()
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.OPEN)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = "cycle alignment request"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="synchronisation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=RequestState.OPEN, decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state=RequestState.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="synchronisation_decision_says_who_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.DECLINED) | ~Q(note=""), name="synchronisation_declined_says_why"
            ),
            models.UniqueConstraint(
                fields=["holder"], condition=Q(state=RequestState.OPEN), name="synchronisation_one_open_per_holder"
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at", "id"], condition=Q(state=RequestState.OPEN), name="synchronisation_queue"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="is_decided_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state=RequestState.OPEN)
            ),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.ends_on}"
