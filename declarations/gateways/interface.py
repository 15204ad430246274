from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from cmp_portal.lib.points import from_hundredths
from declarations.enums import RefundState


class GatewayUnavailable(Exception):
    """The payment service did not answer, or answered unexpectedly. The outcome is unknown; retry."""


class InvalidSignature(Exception):
    """A webhook event that the payment service did not sign, or signed too long ago."""


class RefundRefused(Exception):
    """The payment service declined the refund for good; the message is its reason."""


@dataclass(frozen=True)
class CheckoutRequest:
    """A checkout to begin; `key` is the idempotency key, and `fee` is returned with the payment."""

    key: str
    fee: str
    cents: int
    currency: str
    title: str
    return_url: str
    cancel_url: str


@dataclass(frozen=True)
class OpenCheckout:
    """A checkout open at the payment service, with the URL where the holder pays."""

    reference: str
    url: str


@dataclass(frozen=True)
class Paid:
    """Money received; `payment` identifies it for refunds, `fee` is the fee it was requested for."""

    checkout: str
    payment: str
    fee: str
    cents: int
    currency: str

    @property
    def amount(self) -> Decimal:
        return from_hundredths(self.cents)


@dataclass(frozen=True, kw_only=True)
class RefundResult:
    """The outcome of a refund at the payment service; `failure` says why no money went back."""

    reference: str
    state: RefundState
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundReport(RefundResult):
    """A refund as reported by the service; `key` is ours if we requested it, else derived from its ID there."""

    payment: str
    key: UUID
    cents: int
    currency: str
    reason: str
    made_at: datetime

    @property
    def amount(self) -> Decimal:
        return from_hundredths(self.cents)


@dataclass(frozen=True)
class Notice:
    """A webhook event: a payment, a refund, the ID of a checkout that is `over` without a payment, or none of these."""

    event: str
    kind: str
    paid: Paid | None = None
    over: str = ""
    refund: RefundReport | None = None


class PaymentGateway(Protocol):
    """A payment service. It keeps no state on our side: any method may be called again with the same key."""

    name: str
    # Whether holders can pay in the browser.
    is_online: bool

    def create_checkout(self, request: CheckoutRequest) -> OpenCheckout:
        """Begin a checkout. Raises GatewayUnavailable if the service does not answer."""

    def find(self, reference: str) -> Paid | OpenCheckout | None:
        """Look up a checkout: paid, still open, or over (None). Raises GatewayUnavailable."""

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify and parse a webhook event, signed in one of its headers, whose names are case-insensitive.

        Raises InvalidSignature if the signature is missing, wrong or too old.
        """

    def refund(self, payment: str, *, cents: int, key: str) -> RefundResult:
        """Pay money back. Raises RefundRefused if declined for good, GatewayUnavailable if it may be retried."""

    def refunds(self, *, since: datetime) -> Iterable[RefundReport]:
        """Current state of every refund made since, whoever made it. Raises GatewayUnavailable."""
