"""Fees for declarations, with their payments and refunds."""

from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Holder, User
from cmp_portal.lib.history import never_truncated, track_history
from cmp_portal.lib.money import MoneyField, money_text
from credentials.models import CredentialType
from declarations.enums import OFFLINE, EventOutcome, FeeKind, FeeState, RefundState
from declarations.fee_guards import fee_guards, refund_guards
from declarations.guards import append_only
from declarations.models.declarations import Declaration

UNPAID = (FeeState.DUE, FeeState.DROPPED)


@track_history()
class FeeFamily(models.Model):
    """The credential family to which the fee schedule assigns a credential type."""

    credential_type = models.OneToOneField(CredentialType, on_delete=models.PROTECT, related_name="fee_family")
    family = models.SlugField(max_length=40)
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = _("fee families")
        constraints = [models.CheckConstraint(condition=~Q(family=""), name="fee_family_has_a_name")]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        return f"{self.credential_type}: {self.family}"


@track_history()
class FeeRate(models.Model):
    """A dated rate of the fee schedule; without an amount, one that the Board has not published."""

    kind = models.CharField(max_length=16, choices=FeeKind)
    family = models.SlugField(
        max_length=40, blank=True, help_text=_("Empty: for every family that has no rate of its own.")
    )
    applies_from = models.DateField(help_text=_("For declarations received on this day or later."))
    amount = MoneyField(null=True, blank=True, help_text=_("Empty: not published. Then nothing is charged."))
    reduced = MoneyField(
        null=True,
        blank=True,
        help_text=_(
            "For the second of two declarations received on the same day, if both cycles end within three"
            " months of each other."
        ),
    )
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "family", "applies_from"], name="fee_rate_once_a_day"),
            models.CheckConstraint(condition=Q(kind__in=FeeKind.values), name="fee_rate_kind_is_known"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="fee_rate_amount_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reduced__isnull=True) | Q(amount__isnull=False, reduced__gte=0, reduced__lte=F("amount")),
                name="fee_rate_reduced_is_no_more",
            ),
        ]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        of = f", {self.family}" if self.family else ""
        return f"{self.get_kind_display()}{of}, from {self.applies_from}"


@track_history()
class Fee(models.Model):
    """The invoice for a declaration, frozen with its first receipt."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="fees")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="fee")
    state = models.CharField(max_length=12, choices=FeeState, default=FeeState.DUE)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    # Line items with kind, amount, and the facts behind them; language-neutral.
    lines = models.JSONField()
    is_reduced = models.BooleanField(default=False)
    charged_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[a-z]{3}$"), name="fee_currency_has_three_letters"),
            models.CheckConstraint(
                condition=Q(state__in=UNPAID, paid_at__isnull=True) | (~Q(state__in=UNPAID) & Q(paid_at__isnull=False)),
                name="fee_paid_says_when",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="fee_by_state")]
        triggers = fee_guards()

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> str:
        return money_text(self.amount, self.currency)

    def get_absolute_url(self) -> str:
        return reverse("declarations:fee", args=[self.declaration.uuid])


class Checkout(models.Model):
    """A payment begun at a payment service; at most one is open per fee. No reference: the service has not answered."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    fee = models.ForeignKey(Fee, on_delete=models.PROTECT, related_name="checkouts")
    gateway = models.CharField(max_length=16)
    reference = models.CharField(max_length=255, blank=True)
    url = models.TextField(blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fee"], condition=Q(ended_at=None), name="checkout_one_open_per_fee"),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~Q(reference=""), name="checkout_reference_is_one"
            ),
        ]
        indexes = [models.Index(fields=["started_at"], condition=Q(ended_at=None), name="checkout_open")]
        triggers = [pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.fee} {self.reference}"


class Payment(models.Model):
    """Money received; a service's payment is recorded once, however often it is reported."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    fee = models.ForeignKey(Fee, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=16)
    reference = models.CharField(max_length=255)
    amount = MoneyField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # One check from an employer may pay for several fees.
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~Q(gateway=OFFLINE), name="payment_once_per_reference"
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="payment_has_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(gateway=OFFLINE, by__isnull=False) | (~Q(gateway=OFFLINE) & Q(by__isnull=True)),
                name="payment_by_hand_says_whose",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.fee} {self.reference}"


@track_history()
class Refund(models.Model):
    """Money paid back: promised first, done once the payment service confirms it.

    Without `by`, it was made at the payment service itself: the reason is then the service's, or empty, and the uuid is
    derived from the refund's ID there.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=RefundState, default=RefundState.PROMISED)
    settled_at = models.DateTimeField(null=True, blank=True)
    # The refund's ID at the payment service, once requested.
    reference = models.CharField(max_length=255, blank=True, default="", db_default="")
    # Why the payment service refused it, or why the money came back.
    said = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_more_than_nothing"),
            models.CheckConstraint(condition=~Q(reason="") | Q(by=None), name="refund_has_reason"),
            models.CheckConstraint(condition=Q(by__isnull=False) | ~Q(reference=""), name="refund_has_author"),
            models.CheckConstraint(
                condition=Q(state=RefundState.PROMISED, settled_at__isnull=True)
                | (~Q(state=RefundState.PROMISED) & Q(settled_at__isnull=False)),
                name="refund_settled_says_when",
            ),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(state=RefundState.PROMISED), name="refund_promised")]
        triggers = refund_guards()

    def __str__(self) -> str:
        return f"{self.payment}: {self.amount}"


class PaymentEvent(models.Model):
    """A webhook event of a payment service, recorded once and without personal data."""

    gateway = models.CharField(max_length=16)
    event = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12, choices=EventOutcome)
    reference = models.CharField(max_length=255, blank=True)
    amount = MoneyField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event"], name="payment_event_once"),
            models.CheckConstraint(condition=Q(outcome__in=EventOutcome.values), name="payment_event_outcome_is_known"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event}"
