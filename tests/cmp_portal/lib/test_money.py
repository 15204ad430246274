from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cmp_portal.lib.money import MoneyField, money_text


@pytest.mark.parametrize(
    ("amount", "text"), [("0.05", "USD 0.05"), ("95", "USD 95.00"), ("1234567.80", "USD 1,234,567.80")]
)
def test_an_amount_is_written_with_its_cents_and_currency(amount, text):
    assert money_text(Decimal(amount), "usd") == text


def test_an_amount_is_kept_in_whole_cents():
    field = MoneyField()

    assert (field.get_prep_value(Decimal("95.10")), str(field.from_db_value(9510, None, None))) == (9510, "95.10")


def test_an_amount_finer_than_a_cent_is_refused():
    with pytest.raises(ValidationError, match="not an amount"):
        MoneyField().to_python("0.005")
