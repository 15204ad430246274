"""Money goes back in two steps: promised in our books, then asked of the payment service by the promise's own key."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import speaking_to
from cmp_portal.lib.contention import patient
from cmp_portal.lib.money import money_text
from cmp_portal.lib.points import to_hundredths
from declarations.actions.fees import FeeRefused, locked, may_keep, refunded
from declarations.enums import RefundState
from declarations.gateways import GatewayAway, RefundRefused, gateway
from declarations.models import Payment, Refund

log = structlog.stdlib.get_logger(__name__)


def refund(*, payment: Payment, amount: Decimal, reason: str, key: UUID, by: User, at: datetime) -> Refund:
    """Pays back part or all of a payment; `key` makes a form sent twice one refund.

    Raises FeeRefused for more than is left of the payment. Where the service is away, the sweep asks it again.
    """
    promised = _promise(payment=payment, amount=amount, reason=reason, key=key, by=by, at=at)
    return settle_refund(refund=promised, at=at)


@patient
@transaction.atomic
def _promise(*, payment: Payment, amount: Decimal, reason: str, key: UUID, by: User, at: datetime) -> Refund:
    fee = locked(payment.fee)
    if known := Refund.objects.filter(uuid=key, payment=payment).first():
        return known
    may_keep(fee, by=by)
    if not reason.strip():
        raise FeeRefused(_("Write the reason: it stands on the holder's page."))
    left = payment.amount - _given(payment)
    if not 0 < amount <= left:
        words = {"left": money_text(left, fee.currency)}
        raise FeeRefused(_("Of this payment %(left)s can be paid back, and no more.") % words)
    return Refund.objects.create(uuid=key, payment=payment, amount=amount, reason=reason.strip(), by=by, at=at)


def _given(payment: Payment) -> Decimal:
    """What is paid back, or promised."""
    given = payment.refunds.exclude(state=RefundState.REFUSED).aggregate(sum=Sum("amount"))["sum"]
    return given or Decimal(0)


def settle_refund(*, refund: Refund, at: datetime) -> Refund:
    """Asks the payment service for a promised refund; asked again with the same key, it pays once."""
    if refund.state != RefundState.PROMISED:
        return refund
    payment = refund.payment
    try:
        said = gateway(payment.gateway).refund(
            payment.reference, cents=to_hundredths(refund.amount), key=str(refund.uuid)
        )
    except RefundRefused as refusal:
        return _settled(refund, RefundState.REFUSED, str(refusal), at=at)
    except GatewayAway as silence:
        log.warning("payment service is away", refund=refund.pk, why=str(silence))
        return refund
    return _settled(refund, RefundState.DONE, said, at=at)


@patient
@transaction.atomic
def _settled(refund: Refund, state: RefundState, said: str, *, at: datetime) -> Refund:
    fee = locked(refund.payment.fee)
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.state != RefundState.PROMISED:
        return refund
    refund.state, refund.said, refund.settled_at = state, said[:255], at
    refund.save(update_fields=["state", "said", "settled_at"])
    if state == RefundState.DONE:
        refunded(fee)
        with speaking_to(fee.holder_id):
            tell(
                holder_id=fee.holder_id,
                kind=AlertKind.DECLARATION_MOVED,
                key=f"refund:{refund.pk}",
                title=_("Paid back: %(amount)s") % {"amount": money_text(refund.amount, fee.currency)},
                body=refund.reason,
                link=fee.get_absolute_url(),
                at=at,
            )
    return refund
