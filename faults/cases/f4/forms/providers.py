"""Requests of a provider's system to the API, each with an idempotency key."""

import json
from typing import Any
from uuid import uuid4

from django.urls import reverse

from cmp_portal.lib import clock
from education.models import Provider
from faults.cases.f4.forms.form import Form
from faults.cases.f4.twins import holder_sums
from tests import factories


def sent(name: str, provider: Provider, *args: object, holder: int, **said: Any) -> Form:
    secret = f"cmp_{uuid4().hex}"
    factories.ApiTokenFactory(provider=provider, secret=secret)
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    path = reverse(f"api:{name}", args=args)
    return Form(path, json.dumps(said).encode(), None, lambda: holder_sums(holder), headers=headers)


def deliver() -> Form:
    holder, credit = factories.HolderFactory(), factories.CreditFactory()
    completion = {
        "external_id": f"A-{uuid4().hex[:8]}",
        "customer_number": holder.customer_number,
        "title": "Troponin in practice",
        "kind": credit.kind.code,
        "subjects": ["chemistry"],
        "completed_on": f"{clock.today()}",
        "points": "2",
    }
    return sent("completions", credit.provider, holder=holder.pk, completions=[completion])


def withdraw() -> Form:
    credit = factories.CreditFactory()
    return sent("withdraw", credit.provider, credit.uuid, holder=credit.holder_id)


def check() -> Form:
    holder, provider = factories.HolderFactory(), factories.ProviderFactory()
    about = {"customer_number": holder.customer_number, "last_name": holder.last_name}
    return sent("check", provider, holder=holder.pk, **about)


FORMS = {"deliver a completion": deliver, "withdraw a completion": withdraw, "check a holder": check}
# A query; it only counts against the rate limit.
NO_EFFECT = {"check a holder"}
