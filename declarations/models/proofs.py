"""Proofs of renewal, and the papers issued for them."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import Holder
from credentials.models import Cycle
from declarations.enums import Paper
from declarations.guards import append_only, note_guards
from declarations.models.declarations import Declaration


class Proof(models.Model):
    """Proof that a declaration renewed a credential, as worded on that day: later changes of names don't affect it.

    The end date is the exception: it follows the cycle, which may be shortened.
    """

    # Part of the QR code on the papers.
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="proofs")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="proof")
    # The cycle opened by the renewal, whose dates are proven.
    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="proof")
    content = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        triggers = note_guards()

    def __str__(self) -> str:
        return f"proof of {self.declaration}"


class Print(models.Model):
    """Digest of a paper, stored before the paper is handed out, so that copies can be verified.

    The same content gives the same bytes. Another language or another version of the renderer gives another print.
    """

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="prints")
    paper = models.CharField(max_length=12, choices=Paper)
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="print_digest_is_sha256"),
            models.CheckConstraint(condition=Q(paper__in=Paper.values), name="print_paper_is_known"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.paper}, {self.proof}"


class Hidden(models.Model):
    """A holder's opt-out from public verification; without a row the public is answered, as is the Board's practice."""

    holder = models.OneToOneField(Holder, on_delete=models.CASCADE, primary_key=True, related_name="hidden")
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "hidden"

    def __str__(self) -> str:
        return f"{self.holder_id} since {self.since:%Y-%m-%d}"
