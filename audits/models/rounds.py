from django.db import models
from django.db.models import F, Q


class Round(models.Model):
    """One draw of declarations for audit; its seed is promised by a digest and revealed after the cut-off."""

    opened_at = models.DateTimeField()
    cutoff_at = models.DateTimeField()
    rate = models.DecimalField(max_digits=5, decimal_places=4)
    seed_sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seed_sha256__regex=r"^[0-9a-f]{64}$"), name="round_seed_digest_is_sha256"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="round_rate_is_a_share"),
            models.CheckConstraint(condition=Q(cutoff_at__gte=F("opened_at")), name="round_cutoff_after_opening"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(drawn_at__gte=F("cutoff_at")) & ~Q(seed=""),
                name="round_drawn_after_cutoff_reveals_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"Round of {self.cutoff_at:%Y-%m-%d}"
