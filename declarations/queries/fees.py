"""Fee quotes with their reasons in words; loads the fee schedule from the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.money import money_text
from credentials.models import Cycle
from credentials.queries import is_voluntary
from declarations.enums import STRIPE, FeeKind, FeeState, RefundState, State
from declarations.models import Declaration, Fee, FeeFamily, FeeRate, Payment, Refund
from declarations.rules import LIVE, digest_of
from declarations.rules.fees import Companion, Occasion, Quote, Rate, quote


@dataclass(frozen=True)
class QuoteLine:
    """A line item of a fee, in words."""

    title: str
    amount: str
    why: str


@dataclass(frozen=True)
class QuotePage:
    """What a declaration will cost, shown before submission."""

    lines: tuple[QuoteLine, ...]
    total: str
    then: str


def fees_visible_to(user: User) -> QuerySet[Fee]:
    """One's own fees; all of them for the Board's staff; none if fees are turned off."""
    if not settings.FEES:
        return Fee.objects.none()
    fees = Fee.objects.select_related("declaration__cycle__credential__credential_type", "holder")
    return fees if user.may(Permission.SEE_RECORDS) else fees.filter(holder_id=user.holder_key)


def quote_of(cycle: Cycle, *, on: date) -> Quote:
    """The fee for a cycle's declaration if received on `on`, a date in the Board's time zone."""
    return quote(_rates(), _occasion(cycle, on=on))


def fee_to_come(cycle: Cycle, *, on: date) -> Quote | None:
    """The fee that submitting on `on` would charge; None if nothing is charged, it was charged before, or fees are off.

    A declaration resubmitted after a return costs what it did on the day of its first receipt.
    """
    if not settings.FEES:
        return None
    begun = Declaration.objects.filter(cycle=cycle, state__in=LIVE).values_list("received_on", "fee").first()
    received_on, fee = begun or (None, None)
    if fee is not None:
        return None
    found = quote_of(cycle, on=received_on or on)
    return found if found.amount else None


def seen_with_fee(digest: str, cycle: Cycle, *, on: date) -> str:
    """Digest of what a holder is shown: what they sign, and what it costs."""
    fee = fee_to_come(cycle, on=on)
    return digest_of({"signed": digest, "fee": lines_to_keep(fee)}) if fee else digest


def quote_page(cycle: Cycle, *, on: date) -> QuotePage | None:
    """The upcoming fee, for a holder about to submit."""
    found = fee_to_come(cycle, on=on)
    if found is None:
        return None
    return QuotePage(
        lines=tuple(line_words(line, settings.FEE_CURRENCY) for line in lines_to_keep(found)),
        total=money_text(found.amount, settings.FEE_CURRENCY),
        then=_then(),
    )


def lines_to_keep(found: Quote) -> list[dict[str, str]]:
    """The line items of a fee as frozen: kind, amount, and the facts behind them; language-neutral."""
    return [
        {
            "kind": line.kind.value,
            "amount": f"{line.amount:.2f}",
            "since": line.rate.applies_from.isoformat(),
            "family": line.rate.family,
            "second_after": line.with_.credential if line.with_ else "",
        }
        for line in found.lines
    ]


def line_words(line: dict[str, str], currency: str) -> QuoteLine:
    """A frozen line item in the reader's language."""
    kind = FeeKind(line["kind"])
    return QuoteLine(str(kind.label), money_text(Decimal(line["amount"]), currency), _why(kind, line))


def _why(kind: FeeKind, line: dict[str, str]) -> str:
    words = {
        "day": longdate(date.fromisoformat(line["since"])),
        "family": line["family"].replace("-", " "),
        "first": line["second_after"],
    }
    if line["second_after"]:
        return (
            _(
                "The reduced rate since %(day)s. This is the second declaration of the day, after the one for"
                " %(first)s, and both credentials end within three months of each other."
            )
            % words
        )
    if kind == FeeKind.REINSTATEMENT:
        return (
            _(
                "Charged in addition to the application fee because the credential has expired. The rate in"
                " effect since %(day)s."
            )
            % words
        )
    if line["family"]:
        return _("The rate in effect since %(day)s for credentials in the family “%(family)s”.") % words
    return _("The rate in effect since %(day)s for every credential.") % words


def _then() -> str:
    said = [_("Submit first: your receipt does not depend on the payment.")]
    if settings.PAYMENT_GATEWAY == STRIPE:
        said.append(_("Then pay online or by invoice, from the fee's own page."))
    else:
        said.append(_("Then pay by invoice. The fee's own page says how."))
    if settings.FEES_BEFORE_APPROVAL:
        said.append(_("Meanwhile, the Board reviews your declaration, and approves it once the fee is paid."))
    return " ".join(said)


def _rates() -> Iterator[Rate]:
    for row in FeeRate.objects.order_by("id"):
        yield Rate(FeeKind(row.kind), row.family, row.applies_from, row.amount, row.reduced)


def _occasion(cycle: Cycle, *, on: date) -> Occasion:
    kind = cycle.credential.credential_type_id
    family = FeeFamily.objects.filter(credential_type=kind).values_list("family", flat=True).first()
    return Occasion(
        family=family or "",
        on=on,
        ends_on=cycle.ends_on,
        is_reinstatement=on > cycle.ends_on and not is_voluntary(cycle),
        companions=tuple(_companions(cycle, on=on)),
    )


def _companions(cycle: Cycle, *, on: date) -> Iterable[Companion]:
    """The holder's other declarations received that day and not withdrawn; their fees tell if one was reduced."""
    others = Declaration.objects.filter(holder_id=cycle.holder_id, received_on=on).exclude(cycle=cycle.pk)
    standing = others.exclude(state__in=[State.DRAFT, State.WITHDRAWN]).order_by("id")
    columns = ("cycle__credential__credential_type__code", "cycle__ends_on", "fee__is_reduced")
    for code, ends_on, is_reduced in standing.values_list(*columns):
        yield Companion(code, ends_on, bool(is_reduced))


def paid_back(fee: Fee) -> Decimal:
    """How much of a fee has been refunded for good."""
    done = Refund.objects.filter(payment__fee=fee, state=RefundState.DONE).aggregate(sum=Sum("amount"))["sum"]
    return done or Decimal(0)


def refunded_or_promised(payment: Payment) -> Decimal:
    """How much of a payment has been refunded or promised."""
    given = payment.refunds.exclude(state=RefundState.REFUSED).aggregate(sum=Sum("amount"))["sum"]
    return given or Decimal(0)


def why_unpaid(declaration: Declaration) -> str:
    """Why an unpaid fee keeps a declaration from being approved; empty if none does."""
    if not (settings.FEES and settings.FEES_BEFORE_APPROVAL):
        return ""
    fee = Fee.objects.filter(declaration=declaration, state=FeeState.DUE).first()
    return _("Its fee of %(total)s is not paid yet.") % {"total": fee.total} if fee else ""


def unpublished(*, on: date) -> list[FeeKind]:
    """The kinds of fee for which no rate in force has an amount."""
    published = FeeRate.objects.filter(applies_from__lte=on, amount__isnull=False).values_list("kind", flat=True)
    return [kind for kind in FeeKind if kind not in set(published)]
