"""Online payments. Webhook, holder's return and periodic sweep all lead to the same single payment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from accounts.actions import Failures, report
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.points import to_hundredths
from declarations.actions.fees import FeeRefused, locked, receive
from declarations.actions.refunds import import_refunds, record_refund, settle_refund
from declarations.enums import EventOutcome, FeeState, RefundState
from declarations.gateways import CheckoutRequest, GatewayUnavailable, Notice, OpenCheckout, Paid, gateway
from declarations.models import Checkout, Fee, PaymentEvent, Refund

log = structlog.stdlib.get_logger(__name__)

# Grace period: checkouts just begun and refunds just being requested are left alone this long.
REST = timedelta(minutes=2)
BATCH = 200
# How far back the sweep looks: a bank may return a refund thirty days later.
REMEMBERED = timedelta(days=35)


def begin_payment(*, fee: Fee, return_url: str, cancel_url: str, at: datetime) -> str | None:
    """Begin a checkout and return the URL where the holder pays; None if the fee is paid. An open checkout is reused.

    The row is written first and its key sent to the service as idempotency key, so that a crash in between leaves no
    stray checkout. Raises FeeRefused if nothing is due or the service does not answer.
    """
    service = gateway(settings.PAYMENT_GATEWAY)
    if not service.is_online:
        raise FeeRefused(_("This fee is paid by invoice."))
    checkout = _open_checkout(fee, gateway=service.name, at=at)
    if checkout is None:
        return None
    try:
        if checkout.reference:
            return _gone_on(checkout, at=at) or begin_payment(
                fee=fee, return_url=return_url, cancel_url=cancel_url, at=at
            )
        started = service.create_checkout(
            CheckoutRequest(
                key=str(checkout.uuid),
                fee=str(fee.uuid),
                cents=to_hundredths(fee.amount),
                currency=fee.currency,
                title=_("Declaration fee %(number)s") % {"number": fee.number},
                return_url=return_url,
                cancel_url=cancel_url,
            )
        )
    except GatewayUnavailable as silence:
        log.warning("payment service unavailable", fee=fee.pk, why=str(silence))
        raise FeeRefused(
            _("The payment service is not responding. Nothing was paid. Try again later, or pay by invoice.")
        ) from None
    Checkout.objects.filter(pk=checkout.pk, reference="").update(reference=started.reference, url=started.url)
    return started.url


@retry_on_conflict
@transaction.atomic
def _open_checkout(fee: Fee, *, gateway: str, at: datetime) -> Checkout | None:
    """The fee's open checkout, or a new one; None if the fee is paid."""
    fee = locked(fee)
    if fee.state == FeeState.PAID:
        return None
    if fee.state != FeeState.DUE:
        raise FeeRefused(_("Nothing is due anymore."))
    found = Checkout.objects.filter(fee=fee, ended_at=None).first()
    return found or Checkout.objects.create(fee=fee, gateway=gateway, started_at=at)


def _gone_on(checkout: Checkout, *, at: datetime) -> str | None:
    """The URL at which an open checkout continues; None if it is settled or over."""
    found = gateway(checkout.gateway).find(checkout.reference)
    if isinstance(found, OpenCheckout):
        return found.url
    settle(checkout=checkout, paid=found, at=at)
    return None


@retry_on_conflict
@transaction.atomic
def settle(*, checkout: Checkout, paid: Paid | None, at: datetime) -> None:
    """Record how a checkout ended: paid, or over without a payment."""
    if paid is not None:
        receive(fee=checkout.fee, gateway=checkout.gateway, paid=paid, at=at)
    Checkout.objects.filter(pk=checkout.pk, ended_at=None).update(ended_at=at)


def refresh_checkouts(*, fee: Fee, at: datetime) -> None:
    """Ask the service about a fee's open checkouts, as when its holder returns from paying; ignores an outage."""
    for checkout in Checkout.objects.filter(fee=fee, ended_at=None).exclude(reference="").select_related("fee"):
        try:
            _gone_on(checkout, at=at)
        except GatewayUnavailable as silence:
            log.warning("payment service unavailable", fee=fee.pk, why=str(silence))


@retry_on_conflict
@transaction.atomic
def process_webhook_event(*, gateway: str, notice: Notice, at: datetime) -> EventOutcome:
    """Process a webhook event exactly once; a payment that matches no fee is recorded for staff to look into."""
    known = PaymentEvent.objects.filter(gateway=gateway, event=notice.event).first()
    if known is not None:
        return EventOutcome(known.outcome)
    outcome = _apply(gateway, notice, at=at)
    reference, amount = _about(notice)
    PaymentEvent.objects.bulk_create(
        [
            PaymentEvent(
                gateway=gateway,
                event=notice.event,
                kind=notice.kind[:80],
                outcome=outcome,
                reference=reference,
                amount=amount,
                at=at,
            )
        ],
        ignore_conflicts=True,
    )
    log.info("payment event", gateway=gateway, event_kind=notice.kind, outcome=outcome.value)
    return outcome


def _about(notice: Notice) -> tuple[str, Decimal | None]:
    """The service's reference of what an event is about, and the amount."""
    if notice.refund:
        return notice.refund.reference, notice.refund.amount
    return (notice.paid.payment, notice.paid.amount) if notice.paid else (notice.over, None)


def _apply(gateway: str, notice: Notice, *, at: datetime) -> EventOutcome:
    if notice.refund:
        return record_refund(gateway=gateway, told=notice.refund, at=at)
    open_ones = Checkout.objects.filter(gateway=gateway, ended_at=None)
    if notice.paid is None:
        ended = open_ones.filter(reference=notice.over).exclude(reference="").update(ended_at=at)
        return EventOutcome.APPLIED if ended else EventOutcome.IGNORED
    fee = _fee_of(notice.paid)
    if fee is None or fee.currency != notice.paid.currency:
        return EventOutcome.UNKNOWN
    receive(fee=fee, gateway=gateway, paid=notice.paid, at=at)
    open_ones.filter(fee=fee, reference__in=["", notice.paid.checkout]).update(ended_at=at)
    return EventOutcome.APPLIED


def _fee_of(paid: Paid) -> Fee | None:
    try:
        return Fee.objects.select_related("declaration").filter(uuid=paid.fee).first()
    except ValidationError:
        return None


def reconcile_payments(*, at: datetime, since: datetime | None = None) -> int:
    """Settle open checkouts, refunds made `since`, and promised refunds; returns how many were settled. Idempotent.

    This catches what neither a webhook nor a return reported. Refunds the service already made are read before promised
    ones are requested again: the service forgets our idempotency keys after a day. What can't be settled keeps nothing
    else waiting, and makes the job fail at the end.
    """
    settled, failures = 0, Failures()
    for checkout in _waiting(at):
        with failures.kept_to(f"checkout {checkout.pk}"):
            settled += _asked_after(checkout, at=at)
        report(settled)
    unasked = Refund.objects.filter(state=RefundState.PROMISED, reference="", at__lt=at - REST)
    oldest = unasked.aggregate(at=Min("at"))["at"]
    since = min(filter(None, [since, oldest, at - REMEMBERED]))
    heard = import_refunds(since=since, at=at, failures=failures)
    if heard is None:
        return failures.told(settled)
    settled += heard
    for refund in unasked.select_related("payment__fee__declaration").order_by("at", "id")[:BATCH]:
        with failures.kept_to(f"refund {refund.pk}"):
            settled += settle_refund(refund=refund, at=at).state != RefundState.PROMISED
        report(settled)
    return failures.told(settled)


def _waiting(at: datetime) -> Iterable[Checkout]:
    """Open checkouts, oldest first. One without a reference was never shown to anybody and is ended by the sweep."""
    begun = Checkout.objects.filter(ended_at=None, started_at__lt=at - REST).select_related("fee__declaration")
    yield from begun.order_by("started_at", "id")[:BATCH]


def _asked_after(checkout: Checkout, *, at: datetime) -> int:
    """Settle a checkout if it is no longer open: 1 if so, else 0. During an outage it is left to the next sweep."""
    try:
        if not checkout.reference:
            settle(checkout=checkout, paid=None, at=at)
            return 1
        found = gateway(checkout.gateway).find(checkout.reference)
    except GatewayUnavailable as silence:
        log.warning("payment service unavailable", checkout=checkout.pk, why=str(silence))
        return 0
    if isinstance(found, OpenCheckout):
        return 0
    settle(checkout=checkout, paid=found, at=at)
    return 1
