"""Refunds as reported by the payment service, and the resulting records."""

from decimal import Decimal
from uuid import uuid4

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import RefundState
from declarations.models import PaymentEvent, Refund
from tests.declarations.charging import later, writes
from tests.factories import UserFactory
from tests.stripe_server import message

DONE, PROMISED, REFUSED = RefundState.DONE, RefundState.PROMISED, RefundState.REFUSED


def pay_back(payment, amount="95.00", **more):
    said = {"reason": "Paid twice.", "key": uuid4(), "by": UserFactory(roles=[Role.REGISTRAR]), "at": clock.now()}
    return actions.refund(payment=payment, amount=Decimal(amount), **said | more)


def says(client, refund, kind="refund.created", event=None):
    """Send a webhook message about the refund in its current state."""
    return writes(client, message(dict(refund), kind, event=event or f"evt_{kind}_{refund['id']}")).status_code


def swept():
    return actions.reconcile_payments(at=later())


def books():
    """Each refund: amount, state, the service's reference, and whether the portal made it."""
    rows = Refund.objects.order_by("reference")
    return [(str(one.amount), one.state, one.reference, "here" if one.by_id else "there") for one in rows]


def alerts():
    return list(Alert.objects.shown().filter(key__startswith="refund:").order_by("id").values_list("title", flat=True))


def outcomes():
    return list(PaymentEvent.objects.filter(kind__startswith="refund").order_by("id").values_list("outcome", flat=True))
