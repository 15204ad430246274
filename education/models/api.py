"""The provider API: tokens, and requests with idempotency keys."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cmp_portal.lib.history import never_truncated, track_history
from education.enums import ApiScope
from education.models.credits import Provider


@track_history(exclude=["last_used_at"])
class ApiToken(models.Model):
    """An API token of a provider's system; only its digest is stored."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    # The first characters of the token, to recognize it by; not enough to guess the rest.
    prefix = models.CharField(max_length=16, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=32, choices=ApiScope))
    # NULL: the limit from the settings applies.
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    # NULL if an operator created it with the command.
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # The token that this one replaces, which stays valid for a grace period.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by_token"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        triggers = [never_truncated()]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="api_token_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=ApiScope.values, scopes__len__gt=0), name="api_token_scopes_are_known"
            ),
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gt=0), name="api_token_may_ask"),
            models.CheckConstraint(
                condition=Q(revoked_by=None) | Q(revoked_at__isnull=False), name="api_token_revoked_by_says_when"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("made_at")), name="api_token_revoked_after_made"
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gte=F("made_at")), name="api_token_expires_after_made"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class KeyedRequest(models.Model):
    """A request with an idempotency key, and its answer once there is one."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    # Fingerprint of the request: using the key for a different one is an error.
    sha256 = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="keyed_request_once_per_key"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="keyed_request_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(ended_at=None, status=None, body="")
                | Q(ended_at__gte=F("begun_at"), status__isnull=False) & ~Q(body=""),
                name="keyed_request_ended_with_an_answer",
            ),
        ]
        indexes = [models.Index(fields=["begun_at"], name="keyed_request_oldest_first")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.key}"
