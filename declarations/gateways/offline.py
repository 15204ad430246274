from collections.abc import Iterable, Mapping
from datetime import datetime

from declarations.enums import OFFLINE, RefundState
from declarations.gateways.interface import (
    CheckoutRequest,
    GatewayUnavailable,
    InvalidSignature,
    Notice,
    OpenCheckout,
    Paid,
    RefundReport,
    RefundResult,
)


class OfflineGateway:
    """Payment by invoice: the Board's staff record payments received outside the portal and make refunds themselves."""

    name = OFFLINE
    is_online = False

    def create_checkout(self, request: CheckoutRequest) -> OpenCheckout:
        raise GatewayUnavailable("payments by invoice have no checkout")

    def find(self, reference: str) -> Paid | OpenCheckout | None:
        return None

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        raise InvalidSignature("no payment service is configured")

    def refund(self, payment: str, *, cents: int, key: str) -> RefundResult:
        """Done at once: whoever records the refund has sent the money."""
        return RefundResult(reference="", state=RefundState.DONE)

    def refunds(self, *, since: datetime) -> Iterable[RefundReport]:
        return ()
