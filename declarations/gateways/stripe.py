"""Stripe Checkout: the holder pays on Stripe's page, so that no card number ever reaches the portal."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import stripe
from django.conf import settings

from declarations.enums import STRIPE, RefundState
from declarations.gateways.interface import (
    CheckoutRequest,
    GatewayUnavailable,
    InvalidSignature,
    Notice,
    OpenCheckout,
    Paid,
    RefundRefused,
    RefundReport,
    RefundResult,
)

PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
OVER = frozenset({"checkout.session.expired", "checkout.session.async_payment_failed"})
REFUND = frozenset({"refund.created", "refund.updated", "refund.failed"})
# Anything else is still pending: "pending" and "requires_action".
BECAME = {"succeeded": RefundState.DONE, "failed": RefundState.REFUSED, "canceled": RefundState.REFUSED}
# Metadata field with our key on each refund we request, so that events can be matched to it.
KEY = "refund"
# Header with the time and signature of a webhook event.
SIGNATURE = "Stripe-Signature"
# Timeout in seconds; after that, the page says so and the sweep retries.
TIMEOUT = 10
# Stripe's largest page size.
PAGE = 100
Answer = TypeVar("Answer")
# What reading an answer raises that is not as Stripe describes it.
NONSENSE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)


class StripeGateway:
    """Sends our keys as Stripe's idempotency keys, so that a repeated request takes effect once."""

    name = STRIPE
    is_online = True

    def create_checkout(self, request: CheckoutRequest) -> OpenCheckout:
        price = {
            "currency": request.currency,
            "unit_amount": request.cents,
            "product_data": {"name": request.title},
        }
        params: Any = {
            "mode": "payment",
            "client_reference_id": request.fee,
            "line_items": [{"quantity": 1, "price_data": price}],
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
        }
        try:
            return self._ask(
                lambda api: _open(api.checkout.sessions.create(params=params, options={"idempotency_key": request.key}))
            )
        except stripe.InvalidRequestError as refusal:
            raise GatewayUnavailable(str(refusal)) from None

    def find(self, reference: str) -> Paid | OpenCheckout | None:
        try:
            return self._ask(lambda api: _found(api.checkout.sessions.retrieve(reference)))
        except stripe.InvalidRequestError:
            return None

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Stripe's library verifies the signature and rejects a timestamp that is too old."""
        signature = headers.get(SIGNATURE, "")
        try:
            event: Any = stripe.Webhook.construct_event(
                body, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=settings.STRIPE_WEBHOOK_SECONDS
            )
            return _notice(event)
        except (*NONSENSE, stripe.SignatureVerificationError) as refusal:
            raise InvalidSignature(type(refusal).__name__) from None

    def refund(self, payment: str, *, cents: int, key: str) -> RefundResult:
        params: Any = {"payment_intent": payment, "amount": cents, "metadata": {KEY: key}}
        try:
            return self._ask(lambda api: _repaid(api.refunds.create(params=params, options={"idempotency_key": key})))
        except stripe.InvalidRequestError as refusal:
            raise RefundRefused(refusal.user_message or str(refusal)) from None

    def refunds(self, *, since: datetime) -> Iterable[RefundReport]:
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        try:
            found = self._ask(lambda api: list(api.refunds.list(params=params).auto_paging_iter()))
        except stripe.InvalidRequestError as refusal:
            raise GatewayUnavailable(str(refusal)) from None
        return [_repaid(one) for one in found]

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        """Call the API, and read its answer.

        Raises InvalidRequestError for a permanent refusal, GatewayUnavailable for any other error or an answer that
        makes no sense.
        """
        try:
            return question(_client().v1)
        except stripe.InvalidRequestError:
            raise
        except (stripe.StripeError, *NONSENSE) as silence:
            raise GatewayUnavailable(type(silence).__name__) from None


def _client() -> stripe.StripeClient:
    addresses: Any = {"api": settings.STRIPE_API_URL} if settings.STRIPE_API_URL else {}
    http = stripe.RequestsClient(timeout=TIMEOUT)
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=1, http_client=http
    )


def _notice(event: Any) -> Notice:
    session, kind = event["data"]["object"], event["type"]
    if kind in REFUND:
        return Notice(event["id"], kind, refund=_repaid(session))
    if kind in PAID and session["payment_status"] == "paid":
        return Notice(event["id"], kind, paid=_paid(session))
    return Notice(event["id"], kind, over=session["id"] if kind in OVER else "")


def _found(session: Any) -> Paid | OpenCheckout | None:
    if session["payment_status"] == "paid":
        return _paid(session)
    return _open(session) if session["status"] == "open" else None


def _open(session: Any) -> OpenCheckout:
    return OpenCheckout(session["id"], session["url"])


def _paid(session: Any) -> Paid:
    return Paid(
        checkout=session["id"],
        payment=session["payment_intent"],
        fee=session["client_reference_id"] or "",
        cents=session["amount_total"],
        currency=session["currency"],
    )


def _repaid(refund: Any) -> RefundReport:
    state = BECAME.get(refund["status"], RefundState.PROMISED)
    return RefundReport(
        reference=refund["id"],
        state=state,
        failure=getattr(refund, "failure_reason", None) or refund["status"] if state == RefundState.REFUSED else "",
        payment=refund["payment_intent"] or "",
        key=_key(refund),
        cents=refund["amount"],
        currency=refund["currency"],
        reason=refund["reason"] or "",
        made_at=datetime.fromtimestamp(refund["created"], UTC),
    )


def _key(refund: Any) -> UUID:
    """Our key, or one derived from the refund's ID; on Stripe's dashboard the metadata field can hold anything."""
    try:
        return UUID(refund["metadata"][KEY])
    except (LookupError, TypeError, ValueError):
        return uuid5(NAMESPACE_URL, f"https://dashboard.stripe.com/refunds/{refund['id']}")
