import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from credentials.models import CredentialType
from declarations.guards import append_only
from declarations.models import Declaration

IS_A_SHARE = Q(rate__gte=0, rate__lte=1)


# Columns that are published, hence immutable: from the opening on, and from the draw on.
PROMISED = ("opened_at", "cutoff_at", "is_rolling", "rate", "late_rate", "findings_rate", "nonce", "seed_sha256")
REVEALED = ("seed", "drawn_at", "drawn_by_id")


def differ(columns: tuple[str, ...]) -> str:
    """SQL condition that any of the columns would change."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return f"({new}) IS DISTINCT FROM ({old})"


class Round(models.Model):
    """One random draw of declarations for audit; the digest of its seed is published first, the seed after the cut-off.

    A rolling round decides on each declaration as it is submitted, and also reveals its seed only after the cut-off.
    """

    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cutoff_at = models.DateTimeField()
    is_rolling = models.BooleanField(default=False)
    rate = models.DecimalField(max_digits=5, decimal_places=4)
    late_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    findings_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    # The seed is stored nowhere before the draw: it is derived from this and the installation's secret key.
    nonce = models.CharField(max_length=64, blank=True)
    seed_sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seed_sha256__regex=r"^[0-9a-f]{64}$"), name="round_seed_digest_is_sha256"
            ),
            models.CheckConstraint(condition=IS_A_SHARE, name="round_rate_is_a_share"),
            models.CheckConstraint(
                condition=Q(late_rate__isnull=True) | Q(late_rate__gte=0, late_rate__lte=1),
                name="round_late_rate_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(findings_rate__isnull=True) | Q(findings_rate__gte=0, findings_rate__lte=1),
                name="round_findings_rate_is_a_share",
            ),
            models.CheckConstraint(condition=Q(cutoff_at__gte=F("opened_at")), name="round_cutoff_after_opening"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(drawn_at__gte=F("cutoff_at")) & ~Q(seed=""),
                name="round_drawn_after_cutoff_reveals_seed",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=False) | Q(seed="", drawn_by__isnull=True),
                name="round_seed_is_kept_until_drawn",
            ),
            models.UniqueConstraint(fields=["cutoff_at", "is_rolling"], name="round_once_per_cutoff"),
            models.UniqueConstraint(
                fields=["is_rolling"],
                condition=Q(is_rolling=True, drawn_at__isnull=True),
                name="round_one_rolling_at_a_time",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_its_promise",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF {differ(PROMISED)} OR (OLD.drawn_at IS NOT NULL AND {differ(REVEALED)}) THEN
                        RAISE EXCEPTION 'what a round has published stands' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return _("Audit round %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("audits:round", args=[self.pk])


class TypeRate(models.Model):
    """A round's rate for one credential type, overriding the default."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="type_rates", db_index=False)
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="+")
    rate = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "credential_type"], name="type_rate_once_per_round"),
            models.CheckConstraint(condition=IS_A_SHARE, name="type_rate_is_a_share"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.credential_type}: {self.rate}"


class Stratum(models.Model):
    """A stratum of a round's population; the counts are set when it is drawn."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="strata", db_index=False)
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="+")
    is_late = models.BooleanField()
    has_findings = models.BooleanField()
    rate = models.DecimalField(max_digits=5, decimal_places=4)
    population = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "strata"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "credential_type", "is_late", "has_findings"], name="stratum_once_per_round"
            ),
            models.CheckConstraint(condition=IS_A_SHARE, name="stratum_rate_is_a_share"),
            models.CheckConstraint(condition=Q(drawn__lte=F("population")), name="stratum_drawn_from_its_population"),
        ]

    def __str__(self) -> str:
        return f"{self.credential_type} of {self.round}"


class Entry(models.Model):
    """A declaration's entry in a draw, at most one ever; if drawn, its cycle counts as selected."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, primary_key=True, related_name="entry")
    stratum = models.ForeignKey(Stratum, on_delete=models.PROTECT, related_name="entries", db_index=False)
    # SHA-256 of the seed and the declaration's number.
    rank = models.BinaryField(max_length=32)
    is_drawn = models.BooleanField()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["stratum", "rank"], name="entry_in_order")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.declaration} in {self.stratum}"
