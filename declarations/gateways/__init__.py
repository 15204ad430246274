"""How money comes in: one interface, and which payment service stands behind it is a setting."""

from declarations.gateways.interface import (
    Asked,
    GatewayAway,
    Notice,
    NotOurs,
    Paid,
    PaymentGateway,
    RefundRefused,
    RefundTold,
    Repaid,
    Started,
)
from declarations.gateways.offline import OfflineGateway

OFFLINE, STRIPE = "offline", "stripe"

__all__ = [
    "OFFLINE",
    "STRIPE",
    "Asked",
    "GatewayAway",
    "NotOurs",
    "Notice",
    "Paid",
    "PaymentGateway",
    "RefundRefused",
    "RefundTold",
    "Repaid",
    "Started",
    "gateway",
]


def gateway(name: str) -> PaymentGateway:
    """The payment service of that name; its client is an optional package, and heavy."""
    if name == STRIPE:
        from declarations.gateways.stripe import StripeGateway

        return StripeGateway()
    return OfflineGateway()
