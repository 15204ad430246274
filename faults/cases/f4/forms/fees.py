"""Forms with which staff record payments and refunds of fees."""

from decimal import Decimal
from uuid import uuid4

from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib import clock
from declarations import actions
from declarations.models import Fee
from faults.cases.f4.forms.declarations import declared
from faults.cases.f4.forms.form import Form, of_holder
from tests import factories

SAID = {"reference": "cheque 7", "note": ""}


def charged() -> tuple[Fee, User]:
    """A due fee, and a staff member who may record its payment."""
    declaration, _user = declared()
    fee: Fee = factories.FeeFactory(declaration=declaration)
    return fee, factories.UserFactory(roles=[Role.REGISTRAR])


def note_payment() -> Form:
    fee, registrar = charged()
    name = "admin:declarations_fee_note_payment"
    return of_holder(name, fee.pk, holder=fee.holder_id, user=registrar, key=uuid4(), **SAID)


def refund(amount: Decimal) -> Form:
    fee, registrar = charged()
    payment = actions.note_payment(fee=fee, key=uuid4(), by=registrar, at=clock.now(), **SAID)
    said = {"amount": amount, "reason": "Paid twice.", "key": uuid4()}
    where = (fee.pk, payment.pk)
    return of_holder("admin:declarations_fee_refund", *where, holder=fee.holder_id, user=registrar, **said)


FORMS = {
    "record a payment": note_payment,
    "refund part of a payment": lambda: refund(Decimal("15.00")),
    "refund a payment in full": lambda: refund(Decimal("95.00")),
}
