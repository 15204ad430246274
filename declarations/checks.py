"""System checks of the fee settings, run by `manage.py check` and at startup."""

import re
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from declarations.enums import OFFLINE, STRIPE

# As listed in ISO 4217.
WITHOUT_CENTS = set("bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof".split())  # noqa: SIM905 (short)


@register
def payment_gateway_can_work(**_kwargs: Any) -> list[Error]:
    """Report a missing package or secret at startup, rather than at a holder's first payment."""
    if not settings.FEES:
        return []
    if settings.PAYMENT_GATEWAY not in (OFFLINE, STRIPE):
        words = f"PAYMENT_GATEWAY is {settings.PAYMENT_GATEWAY!r}"
        return [Error(words, hint=f"Set it to {OFFLINE!r} or {STRIPE!r}.", id="declarations.E1")]
    return _stripe_can_work() if settings.PAYMENT_GATEWAY == STRIPE else []


def _stripe_can_work() -> list[Error]:
    found = []
    try:
        import_module("stripe")
    except ImportError:
        hint = "Install it: pip install --require-hashes -r requirements/stripe.txt; or set PAYMENT_GATEWAY=offline."
        found.append(Error("PAYMENT_GATEWAY=stripe requires the stripe package", hint=hint, id="declarations.E2"))
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        if not getattr(settings, name):
            found.append(Error(f"{name} is empty", hint="Find it in Stripe's dashboard.", id="declarations.E3"))
    return found


@register
def currency_has_cents(**_kwargs: Any) -> list[Error]:
    """Amounts have two decimals: FEE_CURRENCY must be a three-letter code of a currency with cents."""
    currency = settings.FEE_CURRENCY
    if settings.FEES and (not re.fullmatch(r"[a-z]{3}", currency) or currency in WITHOUT_CENTS):
        hint = "Set it to the three-letter code of a currency with cents: usd, cad, eur."
        return [Error(f"FEE_CURRENCY is {currency!r}", hint=hint, id="declarations.E4")]
    return []
