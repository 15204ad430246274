"""History of holds placed on credentials by the Board."""

from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from cmp_portal.lib.history import never_truncated
from credentials.enums import Hold
from credentials.models.cycles import Credential
from credentials.rules.holds import hold_transitions


class HoldDecision(models.Model):
    """One suspension, revocation or lifting; append-only."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="hold_decisions")
    before = models.CharField(max_length=12, choices=Hold)
    after = models.CharField(max_length=12, choices=Hold)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, (Q(before=before, after=after) for before, after in hold_transitions())),
                name="hold_decision_is_legal",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_decision_has_reason"),
        ]
        indexes = [models.Index(fields=["credential", "id"], name="hold_decisions_in_order")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return f"{self.credential}: {self.after}"
