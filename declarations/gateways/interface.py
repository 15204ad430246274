from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from cmp_portal.lib.points import from_hundredths
from declarations.enums import RefundState


class GatewayAway(Exception):
    """The payment service did not answer, or not as it should: nothing is known, and trying again is right."""


class NotOurs(Exception):
    """A message that the payment service did not sign, or signed too long ago."""


class RefundRefused(Exception):
    """The payment service will not pay this back; the message is its reason."""


@dataclass(frozen=True)
class Asked:
    """A checkout to begin: `key` makes asking twice one checkout, `fee` comes back with the payment."""

    key: str
    fee: str
    cents: int
    currency: str
    title: str
    return_url: str
    cancel_url: str


@dataclass(frozen=True)
class Started:
    """A checkout at the service, and where the holder pays."""

    reference: str
    url: str


@dataclass(frozen=True)
class Paid:
    """Money that has come in: `payment` is what a refund names, `fee` what it was asked for."""

    checkout: str
    payment: str
    fee: str
    cents: int
    currency: str

    @property
    def amount(self) -> Decimal:
        return from_hundredths(self.cents)


@dataclass(frozen=True, kw_only=True)
class Repaid:
    """What became of a refund at the service; `failure` is why nothing went back."""

    reference: str
    state: RefundState
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundTold(Repaid):
    """A refund as the service tells of it; `key` is ours where we asked for it, else made of the service's number."""

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
    """A message of the service: of a payment, a refund, a checkout that is `over` without a payment, or of none."""

    event: str
    kind: str
    paid: Paid | None = None
    over: str = ""
    refund: RefundTold | None = None


class PaymentGateway(Protocol):
    """A payment service. It keeps no record of ours: each method may be called again with the same key."""

    name: str
    # Whether holders can pay in the browser.
    is_online: bool

    def create_checkout(self, asked: Asked) -> Started:
        """Begins a checkout; GatewayAway when the service does not answer."""

    def find(self, reference: str) -> Paid | Started | None:
        """What has become of a checkout: paid, still open, or (None) over; GatewayAway as above."""

    def parse_webhook(self, body: bytes, signature: str) -> Notice:
        """A message of the service; NotOurs when it is not, or is too old."""

    def refund(self, payment: str, *, cents: int, key: str) -> Repaid:
        """Pays back, and what became of it. RefundRefused for good, GatewayAway for now."""

    def refunds(self, *, since: datetime) -> Iterable[RefundTold]:
        """Every refund made since, whoever made it, as it is now; GatewayAway as above."""
