"""Claims to a record."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import Holder, User
from accounts.models.alerts import language_now
from cmp_portal.lib.history import never_truncated, track_history
from credentials.enums import ClaimState


@track_history()
class Claim(models.Model):
    """One attempt to link an account to a record with the details on the certificate, and its outcome."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="claims")
    certificate_number = models.CharField(max_length=32)
    # The language of the answer, as claimants without a record have no stored preferences; empty if it was not stored.
    language = models.CharField(max_length=8, blank=True, default=language_now, db_default="")
    # Set only if everything that was entered is correct.
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    state = models.CharField(max_length=12, choices=ClaimState)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="claim_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=ClaimState.REFUSED, holder=None) | (~Q(state=ClaimState.REFUSED) & ~Q(holder=None)),
                name="claim_names_a_record_unless_refused",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__gte=F("made_at"), decided_by__isnull=False),
                name="claim_decision_says_who_and_when",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(state=ClaimState.CONTESTED), name="claim_one_contested_per_user"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="claim_tries_of_user"),
            models.Index(fields=["certificate_number", "-made_at"], name="claim_tries_at_certificate"),
            models.Index(fields=["made_at", "id"], condition=Q(state=ClaimState.CONTESTED), name="claim_queue"),
        ]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        words = {"number": self.certificate_number, "login": self.user}
        return _("Certificate %(number)s, claimed by %(login)s") % words
