"""Alerts to holders, daily digests, and the delivery state of emails."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language

from accounts.enums import AlertKind, Withdrawal
from accounts.models.people import Holder


class Mailing(models.Model):
    """Delivery state of an email: leased by a worker, retried with backoff, then sent or failed for good."""

    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    # Sent, or found not to be wanted: either way there is nothing left to do.
    emailed_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Digest(Mailing):
    """One email per morning with all alerts that waited for it."""

    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="digests")
    day = models.DateField()
    gathered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "day"], name="digest_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(emailed_at=None) | models.Q(failed_at=None), name="digest_sent_or_failed"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="digest_to_deliver", condition=models.Q(emailed_at=None, failed_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.holder_id}: {self.day}"


# Fields that must be equal for alerts of one day to be shown as one line.
SAYING = ("kind", "title", "body", "link")


def language_now() -> str:
    """The active language."""
    return get_language() or ""


class AlertQuerySet(models.QuerySet["Alert"]):
    def shown(self) -> "AlertQuerySet":
        return self.filter(dismissed_at=None, withdrawn_at=None)

    def alike(self, alert: "Alert") -> "AlertQuerySet":
        """The alert and earlier identical ones of its day, in the reader's time zone: one line on My Account."""
        said = {name: getattr(alert, name) for name in SAYING}
        day = timezone.localtime(alert.created_at).date()
        return self.filter(holder=alert.holder_id, created_at__date=day, pk__lte=alert.pk, **said)


class Alert(Mailing):
    """Something a holder must know; written in the transaction that causes it, once per key."""

    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=32, choices=AlertKind)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    # The language of title and body, which are not translated later; empty if it was not stored.
    language = models.CharField(max_length=8, blank=True, default=language_now, db_default="")
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    # The digest that the alert is emailed with, if its holder prefers one a day.
    digest = models.ForeignKey(
        Digest, on_delete=models.RESTRICT, null=True, blank=True, related_name="alerts", db_index=False
    )
    read_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=16, choices=Withdrawal, blank=True, default="", db_default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "key"], name="alert_told_once"),
            models.CheckConstraint(condition=models.Q(kind__in=AlertKind.values), name="alert_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(emailed_at=None) | models.Q(failed_at=None), name="alert_sent_or_failed"
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_because="")
                | models.Q(withdrawn_because__in=Withdrawal.values, withdrawn_at__isnull=False),
                name="alert_withdrawn_for_a_known_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "-created_at", "-id"], name="alert_newest_first"),
            models.Index(
                fields=["id"],
                name="alert_to_deliver",
                condition=models.Q(emailed_at=None, failed_at=None, withdrawn_at=None, digest=None),
            ),
            models.Index(fields=["digest"], name="alert_of_digest", condition=models.Q(digest__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title
