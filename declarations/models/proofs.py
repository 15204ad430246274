"""What a renewal is proven by, and what was handed out of it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import Holder
from credentials.models import Cycle
from declarations.enums import Paper
from declarations.guards import append_only, note_guards
from declarations.models.declarations import Declaration


class Proof(models.Model):
    """That a declaration has renewed a credential, in the words of that day: later names change nothing.

    Of its days the end follows the cycle, which may be shortened.
    """

    # Stands in the QR code of the papers.
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="proofs")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="proof")
    # The cycle that the renewal opened: its days are those that are proven.
    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="proof")
    content = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        triggers = note_guards()

    def __str__(self) -> str:
        return f"proof of {self.declaration}"


class Print(models.Model):
    """The digest of a paper, kept before it is handed out: whoever has a copy can be told whether it is one.

    The same content gives the same bytes. Another language, or another release of what draws, gives another print.
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
    """That a holder does not want the public to be answered; without a row it is, as the Board does it."""

    holder = models.OneToOneField(Holder, on_delete=models.CASCADE, primary_key=True, related_name="hidden")
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "hidden"

    def __str__(self) -> str:
        return f"{self.holder_id} since {self.since:%Y-%m-%d}"
