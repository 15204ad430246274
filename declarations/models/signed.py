"""What was signed, kept unchanged."""

from django.db import models
from django.db.models import Q

from declarations.guards import append_only
from declarations.models.declarations import Declaration


class DeclaredCredit(models.Model):
    """A share as signed; rows form a hash chain, each hash covering the previous row."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="declared")
    submission = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    content = models.JSONField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "submission", "position"], name="declared_credit_in_order"),
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="declared_credit_hash_is_sha256"),
            models.CheckConstraint(
                condition=Q(previous_hash="") | Q(previous_hash__regex=r"^[0-9a-f]{64}$"),
                name="declared_credit_previous_hash_is_sha256",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.declaration} {self.position}"


class Terms(models.Model):
    """Requirements or an attestation as signed, stored once by digest for all who signed them."""

    digest = models.CharField(max_length=64, unique=True)
    content = models.JSONField()

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="terms_digest_is_sha256")
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return self.digest


class Seal(models.Model):
    """What a submission says as a whole. It ends the hash chain of its shares and covers the previous seal."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="seals")
    submission = models.PositiveSmallIntegerField()
    content = models.JSONField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "submission"], name="seal_once_per_submission"),
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="seal_hash_is_sha256"),
            models.CheckConstraint(
                condition=Q(previous_hash="") | Q(previous_hash__regex=r"^[0-9a-f]{64}$"),
                name="seal_previous_hash_is_sha256",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.declaration}, submission {self.submission}"
