from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from cmp_portal.lib.points import from_hundredths


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


@dataclass(frozen=True)
class Notice:
    """A message of the service: of a payment, of a checkout that is `over` without one, or of neither."""

    event: str
    kind: str
    paid: Paid | None = None
    over: str = ""


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

    def refund(self, payment: str, *, cents: int, key: str) -> str:
        """Pays back; the reference of it. RefundRefused for good, GatewayAway for now."""
