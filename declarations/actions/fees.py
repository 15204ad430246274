"""Fees: charged on receipt of a declaration, settled by payments of any kind, dropped with the declaration."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actions import tell, withdraw_alerts
from accounts.enums import AlertKind, Permission
from accounts.models import Holder, User
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.money import money_text
from declarations import queries
from declarations.actions.locks import lock
from declarations.actions.moves import MoveRefused
from declarations.actions.queue import enter
from declarations.enums import OFFLINE, FeeMove, FeeState, Move
from declarations.gateways import Paid
from declarations.models import Declaration, Fee, Payment
from declarations.rules import UNDECIDED
from declarations.rules.fees import FEE_MOVES, WITHOUT_DECLARATION, Quote


class FeeRefused(Exception):
    """The fee's state does not allow this; the message says why."""


def lock_holder(holder_id: int) -> None:
    """Serialize a holder's submissions, so that a second one on the same day sees the first and is charged less."""
    if settings.FEES:
        Holder.objects.select_for_update(no_key=True).get(pk=holder_id)


def charge(declaration: Declaration, *, at: datetime) -> None:
    """Freeze a declaration's fee, once, on its first receipt.

    The caller holds the locks and has recorded the receipt.
    """
    if not settings.FEES:
        return
    if fee := Fee.objects.filter(declaration=declaration).first():
        withdraw_alerts(holder_id=fee.holder_id, keys=[_waiting_key(fee)], at=at)
    elif quote := queries.fee_to_come(declaration.cycle, on=board_day(at)):
        _charge(declaration, quote, at=at)


def _charge(declaration: Declaration, quote: Quote, *, at: datetime) -> None:
    fee = Fee.objects.create(
        number=f"F-{declaration.number}",
        holder_id=declaration.holder_id,
        declaration=declaration,
        amount=quote.amount,
        currency=settings.FEE_CURRENCY,
        lines=queries.lines_to_keep(quote),
        is_reduced=any(line.with_ for line in quote.lines),
        charged_at=at,
    )
    with in_language_of(fee.holder_id):
        tell(
            holder_id=fee.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=_due_key(fee),
            title=_("Amount due for your declaration: %(total)s") % {"total": fee.total},
            body=queries.what_is_left(fee),
            link=fee.get_absolute_url(),
            at=at,
        )


def drop(declaration: Declaration, *, at: datetime) -> None:
    """Drop the unpaid fee of a withdrawn declaration; a paid one stays for the Board to see."""
    fee = Fee.objects.select_for_update().filter(declaration=declaration, state=FeeState.DUE).first()
    if fee is not None:
        _move(fee, FeeMove.DROP)
        withdraw_alerts(holder_id=fee.holder_id, keys=[_due_key(fee)], at=at)


def tell_of_money_waiting(declaration: Declaration, *, at: datetime) -> None:
    """Alert a holder who has paid but not submitted, lest they believe that paying was all there is to do."""
    if not (settings.FEES and declaration.state in WITHOUT_DECLARATION):
        return
    fee = Fee.objects.filter(declaration=declaration, state=FeeState.PAID).first()
    if fee is None:
        return
    with in_language_of(fee.holder_id):
        tell(
            holder_id=fee.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=_waiting_key(fee),
            title=_("The fee is paid, but the declaration is not submitted"),
            body=queries.what_is_left(fee),
            link=fee.get_absolute_url(),
            at=at,
        )


def require_paid(declaration: Declaration) -> None:
    """Raise MoveRefused while the Board is waiting for an unpaid fee."""
    if refusal := queries.why_unpaid(declaration):
        raise MoveRefused(refusal)


@retry_on_conflict
@transaction.atomic
def note_payment(*, fee: Fee, reference: str, note: str, key: UUID, by: User, at: datetime) -> Payment:
    """Record that an invoice was paid in full, as staff; `key` is the form's idempotency key.

    Raises FeeRefused if the form was already sent with other values.
    """
    fee, reference = locked(fee), reference.strip()
    if known := Payment.objects.filter(uuid=key, fee=fee).first():
        if (known.reference, known.note) != (reference, note):
            noted = _("The payment “%(reference)s” was already recorded from this page. This one was not.")
            raise FeeRefused(noted % {"reference": known.reference})
        return known
    require_can_manage_fee(fee, by=by)
    if not reference:
        raise FeeRefused(_("Enter the check or transfer number of the payment."))
    if fee.state not in FEE_MOVES[FeeMove.PAY][0]:
        raise FeeRefused(_("This fee is already “%(state)s”.") % {"state": FeeState(fee.state).label})
    payment = Payment.objects.create(
        uuid=key, fee=fee, gateway=OFFLINE, reference=reference, amount=fee.amount, note=note, by=by, at=at
    )
    _settle(fee, payment, at=at)
    return payment


def receive(*, fee: Fee, gateway: str, paid: Paid, at: datetime) -> Payment:
    """Record money received by a payment service, once per reference, in the caller's transaction."""
    fee = locked(fee)
    known = Payment.objects.filter(gateway=gateway, reference=paid.payment).first()
    if known is not None:
        return known
    payment = Payment.objects.create(fee=fee, gateway=gateway, reference=paid.payment, amount=paid.amount, at=at)
    _settle(fee, payment, at=at)
    return payment


def _settle(fee: Fee, payment: Payment, *, at: datetime) -> None:
    """Mark the fee paid if the full amount has been received, and notify the holder."""
    received = fee.payments.aggregate(sum=Sum("amount"))["sum"]
    if received >= fee.amount and fee.state in FEE_MOVES[FeeMove.PAY][0]:
        fee.paid_at = at
        _move(fee, FeeMove.PAY)
        withdraw_alerts(holder_id=fee.holder_id, keys=[_due_key(fee)], at=at)
        if fee.declaration.state in UNDECIDED:
            enter([fee.declaration_id])
    with in_language_of(fee.holder_id):
        tell(
            holder_id=fee.holder_id,
            kind=AlertKind.DECLARATION_MOVED,
            key=f"payment:{payment.pk}",
            title=_("Received: %(amount)s for your declaration") % {"amount": money_text(payment.amount, fee.currency)},
            body=_("The receipt is on the fee page."),
            link=fee.get_absolute_url(),
            at=at,
        )
    tell_of_money_waiting(fee.declaration, at=at)


def weigh_refunds(fee: Fee) -> None:
    """Mark the fee refunded if everything received was paid back, or paid again if not; the caller holds the lock."""
    came = fee.payments.aggregate(sum=Sum("amount"))["sum"]
    is_back = queries.paid_back(fee) >= came
    if fee.state == FeeState.PAID and is_back:
        _move(fee, FeeMove.REFUND)
    elif fee.state == FeeState.REFUNDED and not is_back:
        _move(fee, FeeMove.COME_BACK)


def locked(fee: Fee) -> Fee:
    """Lock and reload the fee, after its cycle and declaration: the lock order used everywhere."""
    declaration = lock(fee.declaration)
    fee = Fee.objects.select_for_update().get(pk=fee.pk)
    fee.declaration = declaration
    return fee


def require_can_manage_fee(fee: Fee, *, by: User) -> None:
    """Raise FeeRefused unless the user may record payments and refunds of this fee; nobody may for their own."""
    if not by.may(Permission.FEES) or by.holder_id == fee.holder_id:
        raise FeeRefused(_("You are not allowed to do this with this fee."))


def _move(fee: Fee, move: FeeMove) -> None:
    """Change a fee's state; nothing else writes it."""
    befores, after = FEE_MOVES[move]
    if fee.state not in befores:
        raise FeeRefused(_("This fee is now “%(state)s”.") % {"state": FeeState(fee.state).label})
    fee.state = after
    fee.save(update_fields=["state", "paid_at"])


def _due_key(fee: Fee) -> str:
    return f"fee:{fee.pk}"


def _waiting_key(fee: Fee) -> str:
    """An alert key that is unique per submission."""
    return f"paid:{fee.pk}:{fee.declaration.steps.filter(move=Move.SUBMIT).count()}"
