"""The fee of a declaration: the holder's page, the Board's page, and documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.documents import pdf
from cmp_portal.lib.money import money_text
from declarations.enums import OFFLINE, STRIPE, FeeState, RefundState, State
from declarations.models import Declaration, Fee, Refund
from declarations.queries.fees import QuoteLine, line_words, paid_back, refunded_or_promised
from declarations.queries.pages import Fact
from declarations.rules.fees import WITHOUT_DECLARATION

INVOICE, RECEIPT = "invoice", "receipt"
PAID = {FeeState.PAID, FeeState.REFUNDED}


@dataclass(frozen=True)
class FeeNote:
    """A fee as shown on its declaration's page, with what is left to do."""

    title: str
    text: str
    url: str
    is_due: bool


@dataclass(frozen=True)
class FeePage:
    """The fee page: line items, reasons, total, and what is left to do."""

    title: str
    headline: str
    text: str
    facts: tuple[Fact, ...]
    lines: tuple[QuoteLine, ...]
    total: str
    happened: tuple[Fact, ...]
    pay_url: str
    instructions: str
    invoice_url: str
    receipt_url: str
    declaration_url: str


def fee_note(declaration: Declaration) -> FeeNote | None:
    """A declaration's fee for its page; None if nothing was charged."""
    fee = Fee.objects.filter(declaration=declaration).first() if settings.FEES else None
    return _note(fee) if fee else None


def fees_due(declarations: Iterable[Declaration]) -> dict[int, FeeNote]:
    """Fees due, by cycle, of declarations loaded with their fees."""
    if not settings.FEES:
        return {}
    fees = ((one.cycle_id, getattr(one, "fee", None)) for one in declarations)
    return {cycle: _note(fee) for cycle, fee in fees if fee and fee.state == FeeState.DUE}


def _note(fee: Fee) -> FeeNote:
    return FeeNote(_headline(fee), what_is_left(fee), fee.get_absolute_url(), is_due=fee.state == FeeState.DUE)


def fee_page(fee: Fee) -> FeePage:
    """The holder's page about a fee."""
    uuid, is_due = fee.declaration.uuid, fee.state == FeeState.DUE
    document = {form: reverse("declarations:fee_document", args=[uuid, form]) for form in (INVOICE, RECEIPT)}
    is_online = settings.PAYMENT_GATEWAY == STRIPE
    return FeePage(
        title=_("Fee %(number)s") % {"number": fee.number},
        headline=_headline(fee),
        text=what_is_left(fee),
        facts=tuple(_facts(fee)),
        lines=tuple(_lines(fee)),
        total=fee.total,
        happened=tuple(_happened(fee)),
        pay_url=reverse("declarations:pay", args=[uuid]) if is_due and is_online else "",
        instructions=_instructions(fee) if is_due else "",
        invoice_url=document[INVOICE],
        receipt_url=document[RECEIPT] if fee.state in PAID else "",
        declaration_url=fee.declaration.get_absolute_url(),
    )


def _headline(fee: Fee) -> str:
    return {
        FeeState.DUE: _("Amount due: %(total)s") % {"total": fee.total},
        FeeState.PAID: _("Paid: %(total)s") % {"total": fee.total},
        FeeState.DROPPED: _("Nothing to pay: you withdrew the declaration."),
        FeeState.REFUNDED: _("Refunded: %(total)s") % {"total": fee.total},
    }[FeeState(fee.state)]


def what_is_left(fee: Fee) -> str:
    """What is left to do: names both the payment and the declaration, so that neither is forgotten over the other."""
    state = State(fee.declaration.state)
    if fee.state == FeeState.DUE:
        if settings.FEES_BEFORE_APPROVAL and state not in {State.ELIGIBLE, State.RENEWED, State.DENIED}:
            return _("Your declaration has been received in any case. The Board approves it once the fee is paid.")
        return _("Your declaration has been received in any case.")
    if fee.state == FeeState.PAID and state == State.RETURNED:
        return _(
            "The fee is paid, but the Board returned your declaration. Make the requested changes, then"
            " submit it again."
        )
    if fee.state == FeeState.PAID and state == State.WITHDRAWN:
        return _("The fee is paid, but you withdrew the declaration. The Board can see this and decides on a refund.")
    return _("There is nothing left to do for the fee.") if fee.state == FeeState.PAID else ""


def _facts(fee: Fee) -> Iterator[Fact]:
    yield Fact(_("Invoice"), fee.number)
    yield Fact(_("Charged on"), longdate(board_day(fee.charged_at)))
    yield Fact(_("Declaration"), fee.declaration.number or "")
    yield Fact(_("Credential"), fee.declaration.cycle.credential.credential_type.code)


def _lines(fee: Fee) -> Iterator[QuoteLine]:
    return (line_words(line, fee.currency) for line in fee.lines)


def _instructions(fee: Fee) -> str:
    how = settings.PAYMENT_INSTRUCTIONS or _("Please ask the Board how to pay an invoice.")
    return _("%(how)s Include the number %(number)s with your payment.") % {"how": how, "number": fee.number}


def _happened(fee: Fee) -> Iterator[Fact]:
    """Payments and refunds, in order."""
    for payment in fee.payments.order_by("id"):
        came = {"amount": money_text(payment.amount, fee.currency), "reference": payment.reference}
        yield Fact(longmoment(payment.at), _("Received %(amount)s (%(reference)s)") % came)
    for refund in Refund.objects.filter(payment__fee=fee).select_related("payment").order_by("at", "id"):
        went = {"amount": money_text(refund.amount, fee.currency), "reason": refund_reason(refund)}
        if refund.state == RefundState.DONE:
            yield Fact(longmoment(refund.settled_at or refund.at), _("Refunded %(amount)s: %(reason)s") % went)
        elif refund.state == RefundState.PROMISED:
            yield Fact(longmoment(refund.at), _("A refund of %(amount)s is on its way: %(reason)s") % went)
        elif refund.reference:
            words = _("%(amount)s could not be refunded and is back with the Board") % went
            yield Fact(longmoment(refund.settled_at or refund.at), words)


def refund_reason(refund: Refund) -> str:
    """The reason given by the Board's staff; for a refund made at the payment service, a note that says so."""
    if refund.by_id is not None:
        return refund.reason
    words = {"service": refund.payment.gateway.capitalize(), "reference": refund.reference}
    return _("made directly in %(service)s (%(reference)s)") % words


# --- Documents --------------------------------------------------------------------------------------------------------


def fee_document(fee: Fee, form: str) -> bytes | None:
    """The invoice, or the receipt once the fee is paid (else None) as PDF; the same content gives the same bytes."""
    if form not in (INVOICE, RECEIPT) or (form == RECEIPT and fee.state not in PAID):
        return None
    is_receipt = form == RECEIPT
    titles = {INVOICE: _("Invoice %(number)s"), RECEIPT: _("Receipt for %(number)s")}
    holder = fee.holder
    data = {
        "title": titles[form] % {"number": fee.number},
        "footer": f"{holder} · {fee.number}",
        "facts": [[_("For"), str(holder)], *([fact.label, fact.value] for fact in _facts(fee))],
        "header": [_("Item and reason"), _("Amount")],
        "lines": [[f"{line.title}\n{line.why}", line.amount] for line in _lines(fee)],
        "total": [_("Total"), fee.total],
        "happened_title": _("Payments"),
        "happened": [[fact.label, fact.value] for fact in _happened(fee)] if is_receipt else [],
        "after": _headline(fee) if is_receipt else _instructions(fee),
    }
    day = fee.paid_at if is_receipt and fee.paid_at else fee.charged_at
    return pdf("fee", data, on=board_day(day))


# --- The Board's page -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PaidLine:
    """A payment and how much of it may still be refunded; `key` is the idempotency key of its form."""

    number: int
    title: str
    left: Decimal
    left_text: str
    url: str
    key: str


@dataclass(frozen=True)
class StaffFeePage:
    """A fee as seen by the Board's staff; a `warning` means that somebody has to act."""

    title: str
    warning: str
    facts: tuple[Fact, ...]
    lines: tuple[QuoteLine, ...]
    happened: tuple[Fact, ...]
    note_url: str
    note_key: str
    payments: tuple[PaidLine, ...]
    declaration_url: str
    documents: tuple[Fact, ...]


def staff_fee_page(fee: Fee, *, may_keep: bool) -> StaffFeePage:
    """What was charged and received; with `may_keep`, also the forms for recording payments and refunds."""
    is_open = may_keep and fee.state in (FeeState.DUE, FeeState.DROPPED)
    forms = [INVOICE, *([RECEIPT] if fee.state in PAID else [])]
    labels = {INVOICE: _("Invoice (PDF)"), RECEIPT: _("Receipt (PDF)")}
    return StaffFeePage(
        title=_("Fee %(number)s: %(state)s") % {"number": fee.number, "state": FeeState(fee.state).label},
        warning=_warning(fee),
        facts=(Fact(_("Holder"), str(fee.holder)), *_facts(fee), Fact(_("Total"), fee.total)),
        lines=tuple(_lines(fee)),
        happened=(*_happened(fee), *_why_made_there(fee), *_refused(fee)),
        note_url=reverse("admin:declarations_fee_note_payment", args=[fee.pk]) if is_open else "",
        note_key=str(uuid4()),
        payments=tuple(_to_pay_back(fee)) if may_keep else (),
        declaration_url=reverse("admin:declarations_declaration_change", args=[fee.declaration_id]),
        documents=tuple(
            Fact(labels[form], reverse("declarations:fee_document", args=[fee.declaration.uuid, form]))
            for form in forms
        ),
    )


def _warning(fee: Fee) -> str:
    """Money held without a reason, or an incomplete payment."""
    came = sum((payment.amount for payment in fee.payments.all()), Decimal(0))
    here = came - paid_back(fee)
    if fee.state == FeeState.PAID and fee.declaration.state in WITHOUT_DECLARATION:
        words = {"state": str(State(fee.declaration.state).label)}
        return _("Paid, but its declaration is “%(state)s”. Ask for the declaration, or refund the payment.") % words
    if here > fee.amount:
        words = {"more": money_text(here - fee.amount, fee.currency)}
        return _("Overpaid by %(more)s. Refund this amount.") % words
    if fee.state == FeeState.DUE and here:
        return _("Only %(amount)s was received.") % {"amount": money_text(here, fee.currency)}
    return ""


def _refused(fee: Fee) -> Iterator[Fact]:
    for refund in Refund.objects.filter(payment__fee=fee, state=RefundState.REFUSED).order_by("id"):
        words = {"amount": money_text(refund.amount, fee.currency), "why": refund.said}
        yield Fact(longmoment(refund.settled_at or refund.at), _("%(amount)s was not refunded: %(why)s") % words)


def _why_made_there(fee: Fee) -> Iterator[Fact]:
    """The reason chosen at the payment service. Who chose it is recorded there, not in our books."""
    made_there = Refund.objects.filter(payment__fee=fee, by=None).exclude(reason="")
    for refund in made_there.select_related("payment").order_by("at", "id"):
        words = {"service": refund.payment.gateway.capitalize(), "reference": refund.reference, "why": refund.reason}
        yield Fact(longmoment(refund.at), _("Reason given by %(service)s for %(reference)s: %(why)s") % words)


def _to_pay_back(fee: Fee) -> Iterable[PaidLine]:
    for payment in fee.payments.order_by("id"):
        left = payment.amount - refunded_or_promised(payment)
        if left:
            words = {"amount": money_text(payment.amount, fee.currency), "reference": payment.reference}
            way = _("by invoice") if payment.gateway == OFFLINE else payment.gateway.capitalize()
            yield PaidLine(
                number=payment.pk,
                title=_("%(amount)s, %(reference)s") % words + f" ({way})",
                left=left,
                left_text=money_text(left, fee.currency),
                url=reverse("admin:declarations_fee_refund", args=[fee.pk, payment.pk]),
                key=str(uuid4()),
            )
