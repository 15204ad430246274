"""Webhooks that tell providers what became of their completions, with every delivery attempt."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cmp_portal.lib.history import never_truncated, track_history
from education.enums import EventKind
from education.models.credits import Provider


@track_history(exclude=["failing_since"])
class Webhook(models.Model):
    """The webhook address of a provider; the signing secret is derived from its nonce and the installation's key."""

    provider = models.OneToOneField(Provider, on_delete=models.PROTECT, related_name="webhook")
    url = models.CharField(max_length=500)
    nonce = models.CharField(max_length=64)
    # The previous nonce, whose secret also signs until the grace period ends.
    previous_nonce = models.CharField(max_length=64, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Since when every attempt has failed.
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = [never_truncated()]
        constraints = [
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^[:space:]]+$"), name="webhook_has_an_address"),
            models.CheckConstraint(condition=~Q(nonce=""), name="webhook_has_a_secret"),
            models.CheckConstraint(
                condition=Q(previous_nonce="", previous_until=None)
                | ~Q(previous_nonce="") & Q(previous_until__isnull=False),
                name="webhook_previous_secret_says_until_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider.code}: {self.url}"


class WebhookNotice(models.Model):
    """A notice to deliver: claimed with a lease, sent under a stable id, marked once it has arrived."""

    # Derived from the content, so that the same event never gets two ids.
    uuid = models.UUIDField(unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=24, choices=EventKind)
    data = models.JSONField()
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="webhook_notice_kind_is_known"),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(failed_at=None), name="webhook_notice_has_one_end"
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("created_at")),
                name="webhook_notice_delivered_after_created",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(delivered_at=None, failed_at=None), name="webhook_notice_waiting"),
            models.Index(fields=["created_at"], name="webhook_notice_oldest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class WebhookAttempt(models.Model):
    """One attempt to deliver a notice: the status of the response, or why there was none."""

    notice = models.ForeignKey(WebhookNotice, on_delete=models.CASCADE, related_name="log")
    tried_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=None) & ~Q(error="") | Q(status__isnull=False), name="webhook_attempt_says_what_came"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tried_at:%Y-%m-%d %H:%M:%S}: {self.status or self.error}"
