"""Payment gateways: one interface; a setting selects the payment service."""

from declarations.enums import STRIPE
from declarations.gateways.interface import (
    CheckoutRequest,
    GatewayUnavailable,
    InvalidSignature,
    Notice,
    OpenCheckout,
    Paid,
    PaymentGateway,
    RefundRefused,
    RefundReport,
    RefundResult,
)
from declarations.gateways.offline import OfflineGateway

__all__ = [
    "CheckoutRequest",
    "GatewayUnavailable",
    "InvalidSignature",
    "Notice",
    "OpenCheckout",
    "Paid",
    "PaymentGateway",
    "RefundRefused",
    "RefundReport",
    "RefundResult",
    "gateway",
]


def gateway(name: str) -> PaymentGateway:
    """The payment gateway with that name. Imported lazily: Stripe's client is an optional, heavy package."""
    if name == STRIPE:
        from declarations.gateways.stripe import StripeGateway

        return StripeGateway()
    return OfflineGateway()
