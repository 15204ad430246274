"""Links by which a holder lets others see more than the public."""

from uuid import uuid4

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Holder
from credentials.models import Credential
from declarations.enums import Shown
from declarations.guards import of_its_credential


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self, *, at: object) -> "ShareLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=at)


class ShareLink(models.Model):
    """A holder's consent to show anyone with the secret more than the public sees, until it expires or is revoked."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="share_links")
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=100, blank=True)
    shows = ArrayField(models.CharField(max_length=8, choices=Shown))
    # Digest of the secret in the URL; the secret itself is never stored.
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="share_link_digest_is_sha256"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="share_link_expires_later"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("made_at")), name="share_link_revoked_later"
            ),
            models.CheckConstraint(
                condition=Q(shows__contained_by=Shown.values) & ~Q(shows=[]),
                name="share_link_shows_what_is_known",
            ),
        ]
        triggers = [
            of_its_credential(),
            pgtrigger.ReadOnly(name="keeps_what_was_agreed", exclude=["revoked_at"]),
        ]

    def __str__(self) -> str:
        return f"link of {self.holder_id} until {self.expires_at:%Y-%m-%d}"
