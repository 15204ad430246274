"""Refunds in two steps: recorded as promised, then requested from the payment service with the record's key.

Refunds made at the payment service itself are recorded from its webhooks and by the sweep.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.actions import Failures, tell, withdraw_alerts
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.money import money_text
from cmp_portal.lib.points import to_hundredths
from declarations import queries
from declarations.actions.fees import FeeRefused, locked, require_can_manage_fee, weigh_refunds
from declarations.enums import EventOutcome, RefundState
from declarations.gateways import GatewayUnavailable, RefundRefused, RefundReport, RefundResult, gateway
from declarations.models import Fee, Payment, Refund
from declarations.rules.fees import REFUND_MOVES

log = structlog.stdlib.get_logger(__name__)


def refund(*, payment: Payment, amount: Decimal, reason: str, key: UUID, by: User, at: datetime) -> Refund:
    """Pay back part or all of a payment; `key` is the form's idempotency key.

    Raises FeeRefused for more than is left of the payment, or if the form was already sent with other values. If the
    service is away, the sweep requests the refund again.
    """
    promised = _promise(payment=payment, amount=amount, reason=reason, key=key, by=by, at=at)
    return settle_refund(refund=promised, at=at)


@retry_on_conflict
@transaction.atomic
def _promise(*, payment: Payment, amount: Decimal, reason: str, key: UUID, by: User, at: datetime) -> Refund:
    fee = locked(payment.fee)
    reason = reason.strip()
    if known := Refund.objects.filter(uuid=key, payment=payment).first():
        if (known.amount, known.reason) != (amount, reason):
            promised = _(
                "A refund of %(amount)s was already made from this page, and this one was not. If you want this"
                " one as well, send it again."
            )
            raise FeeRefused(promised % {"amount": money_text(known.amount, fee.currency)})
        return known
    require_can_manage_fee(fee, by=by)
    if not reason:
        raise FeeRefused(_("Write the reason. It is shown on the holder's page."))
    left = payment.amount - queries.refunded_or_promised(payment)
    if not left:
        raise FeeRefused(_("This payment has been refunded in full."))
    if not 0 < amount <= left:
        words = {"left": money_text(left, fee.currency)}
        raise FeeRefused(_("Up to %(left)s of this payment can be refunded.") % words)
    return Refund.objects.create(uuid=key, payment=payment, amount=amount, reason=reason, by=by, at=at)


def settle_refund(*, refund: Refund, at: datetime) -> Refund:
    """Request a promised refund from the payment service; repeating the request with the same key pays once."""
    if refund.state != RefundState.PROMISED or refund.reference:
        return refund
    payment = refund.payment
    try:
        repaid = gateway(payment.gateway).refund(
            payment.reference, cents=to_hundredths(refund.amount), key=str(refund.uuid)
        )
    except RefundRefused as refusal:
        repaid = RefundResult(reference="", state=RefundState.REFUSED, failure=str(refusal))
    except GatewayUnavailable as silence:
        log.warning("payment service unavailable", refund=refund.pk, why=str(silence))
        return refund
    return _settled(refund, repaid, at=at)


@retry_on_conflict
@transaction.atomic
def _settled(refund: Refund, repaid: RefundResult, *, at: datetime) -> Refund:
    fee = locked(refund.payment.fee)
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    _follow(fee, refund, repaid, at=at)
    return refund


def import_refunds(*, since: datetime, at: datetime, failures: Failures) -> int | None:
    """Import all refunds made since from the payment service, whoever made them; returns how many had news.

    None if the service does not answer.
    """
    service = gateway(settings.PAYMENT_GATEWAY)
    try:
        told = sorted(service.refunds(since=since), key=lambda one: one.made_at)
    except GatewayUnavailable as silence:
        log.warning("payment service unavailable", why=str(silence))
        return None
    rows = Refund.objects.filter(uuid__in=[one.key for one in told]).exclude(reference="")
    known = set(rows.values_list("uuid", "state"))
    news = [one for one in told if (one.key, one.state) not in known]
    applied = 0
    for one in news:
        with failures.kept_to(f"refund {one.reference}"):
            applied += record_refund(gateway=service.name, told=one, at=at) == EventOutcome.APPLIED
    return applied


@retry_on_conflict
@transaction.atomic
def record_refund(*, gateway: str, told: RefundReport, at: datetime) -> EventOutcome:
    """Record a refund as the payment service reports it, whoever requested it.

    Repeated, late and out-of-order reports are safe. Left to the sweep if its payment isn't recorded yet, or while our
    books still count a refund that has come back.
    """
    payments = Payment.objects.filter(gateway=gateway, reference=told.payment, fee__currency=told.currency)
    payment = payments.select_related("fee__declaration").first()
    if payment is None:
        return EventOutcome.LATER
    fee = locked(payment.fee)
    refund = _known(payment, told)
    if refund is not None and refund.payment_id != payment.pk:
        log.warning("refund key belongs to another payment", payment=payment.pk, refund=told.reference)
        return EventOutcome.LATER
    if refund is None:
        if told.state != RefundState.REFUSED and told.amount > payment.amount - _gone(payment):
            log.warning("refund exceeds its payment", payment=payment.pk, refund=told.reference)
            return EventOutcome.LATER
        refund = Refund(uuid=told.key, payment=payment, amount=told.amount, reason=told.reason, at=told.made_at)
    return EventOutcome.APPLIED if _follow(fee, refund, told, at=at) else EventOutcome.IGNORED


def _known(payment: Payment, told: RefundReport) -> Refund | None:
    """The refund with this key, locked. An earlier version sent no key and stored the service's reference in `said`."""
    by_name = Q(reference=told.reference) | Q(said=told.reference)
    rows = Refund.objects.select_for_update().order_by("id")
    return rows.filter(Q(uuid=told.key) | by_name & Q(payment=payment)).first()


def _gone(payment: Payment) -> Decimal:
    """The amount that has been paid back at the payment service, or is on its way there."""
    gone = payment.refunds.exclude(state=RefundState.REFUSED).exclude(state=RefundState.PROMISED, reference="")
    return gone.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _follow(fee: Fee, refund: Refund, repaid: RefundResult, *, at: datetime) -> bool:
    """Record the outcome of a refund, under the caller's locks; returns whether anything changed.

    A late report never undoes a newer state.
    """
    was = RefundState(refund.state)
    is_moved = repaid.state in REFUND_MOVES[was]
    is_named = not refund.reference and bool(repaid.reference)
    if not (is_moved or is_named):
        return False
    refund.reference = refund.reference or repaid.reference
    if is_moved:
        refund.state, refund.said, refund.settled_at = repaid.state, repaid.failure[:255], at
    refund.save()
    if is_moved:
        weigh_refunds(fee)
        _tell(fee, refund, was=was, at=at)
    return True


def _tell(fee: Fee, refund: Refund, *, was: RefundState, at: datetime) -> None:
    """Alert the holder to a refund that is done, or later came back; an immediate refusal concerns only the Board."""
    amount, done_key = money_text(refund.amount, fee.currency), f"refund:{refund.pk}"
    with in_language_of(fee.holder_id):
        if refund.state == RefundState.DONE:
            key, title, body = done_key, _("Refunded: %(amount)s"), capfirst(queries.refund_reason(refund))
        elif was == RefundState.DONE:
            withdraw_alerts(holder_id=fee.holder_id, keys=[done_key], at=at)
            key, title = f"{done_key}:back", _("%(amount)s could not be refunded")
            body = _("The payment service sent the money back to the Board. The Board can see this.")
        else:
            return
        tell(
            holder_id=fee.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=key,
            title=title % {"amount": amount},
            body=body,
            link=fee.get_absolute_url(),
            at=at,
        )
