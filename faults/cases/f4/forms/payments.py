"""Forms for paying a fee through a payment service, and the service's webhook."""

from uuid import uuid4

from django.urls import reverse

from declarations.models import PaymentEvent
from faults.cases.f4.forms.fees import charged
from faults.cases.f4.forms.form import Form, of_holder
from faults.cases.f4.twins import holder_sums
from tests.stripe_server import message, signed


def pay() -> Form:
    fee, _registrar = charged()
    return of_holder("declarations:pay", fee.declaration.uuid, holder=fee.holder_id, user=fee.holder.user)


def confirm() -> Form:
    """The service's webhook message that a fee was paid."""
    fee, _registrar = charged()
    name = uuid4().hex
    session = {
        "id": f"cs_{name}",
        "object": "checkout.session",
        "client_reference_id": f"{fee.uuid}",
        "amount_total": 9500,
        "currency": "usd",
        "payment_status": "paid",
        "payment_intent": f"pi_{name}",
    }
    body = message(session, event=f"evt_{name}")
    headers = {"Stripe-Signature": signed(body), "Content-Type": "application/json"}
    events = PaymentEvent.objects.filter(event=f"evt_{name}")
    path = reverse("declarations:payment_webhook")
    return Form(path, body, None, lambda: (events.count(), holder_sums(fee.holder_id)), headers=headers)


FORMS = {"pay a fee": pay, "confirm a payment": confirm}
