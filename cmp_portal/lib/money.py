"""Exact money: whole cents in the database, Decimal with two places everywhere else."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.points import PointsField


class MoneyField(PointsField):
    """Stores integer cents and returns `Decimal`; lookups take amounts."""

    description = _("An amount of money with two decimals")
    default_error_messages = {"invalid": _("“%(value)s” is not an amount with at most two decimals.")}


def money_text(amount: Decimal, currency: str) -> str:
    """An amount with its currency, as an invoice writes it: "USD 1,095.00"."""
    return f"{currency.upper()} {amount:,.2f}"
