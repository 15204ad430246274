from decimal import Decimal

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db.models import F, Sum, Value
from hypothesis import given
from hypothesis import strategies as st

from cmp_portal.lib.points import PointsField, from_hundredths, to_hundredths
from education.models import Credit
from tests.factories import CreditFactory

exact = st.decimals(min_value=-20_000_000, max_value=20_000_000, places=2)


@given(exact)
def test_hundredths_give_the_same_points_back(points):
    assert from_hundredths(to_hundredths(points)) == points


@given(exact, exact)
def test_hundredths_add_up_as_points_do(one, other):
    assert from_hundredths(to_hundredths(one) + to_hundredths(other)) == one + other


@pytest.mark.parametrize("points", ["0.001", "2.005", "-0.009", "1E-3"])
def test_finer_than_a_hundredth_is_refused(points):
    with pytest.raises(ValueError, match="more than two decimals"):
        to_hundredths(Decimal(points))


@pytest.mark.parametrize(
    ("hundredths", "text"), [(0, "0.00"), (5, "0.05"), (25, "0.25"), (100, "1.00"), (3600, "36.00"), (-1, "-0.01")]
)
def test_points_always_have_two_places(hundredths, text):
    assert str(from_hundredths(hundredths)) == text


@pytest.mark.parametrize(
    ("given_value", "points"), [("2", "2.00"), (2, "2.00"), (0.25, "0.25"), (Decimal("1.5"), "1.50"), ("1e1", "10.00")]
)
def test_field_reads_numbers(given_value, points):
    assert str(PointsField().to_python(given_value)) == points


@pytest.mark.parametrize("given_value", ["two", "", "0.001", "1,5", float("nan"), float("inf"), "NaN", "1e-9"])
def test_field_refuses_what_is_no_number_of_points(given_value):
    with pytest.raises(ValidationError) as refusal:
        PointsField().to_python(given_value)

    assert refusal.value.code == "invalid"


def test_field_keeps_nothing_as_nothing():
    assert (PointsField().to_python(None), PointsField().get_prep_value(None)) == (None, None)


def test_points_come_back_from_the_database(db):
    credit = CreditFactory(points=Decimal("2.25"))

    assert str(Credit.objects.get(pk=credit.pk).points) == "2.25"


def test_lookups_take_points(db):
    CreditFactory(points=Decimal("2.25"))

    assert [Credit.objects.filter(points__gte=value).count() for value in ("2.25", "2.26")] == [1, 0]


def test_sums_give_points(db):
    CreditFactory.create_batch(3, points=Decimal("0.10"))

    assert Credit.objects.aggregate(total=Sum("points"))["total"] == Decimal("0.30")


def test_updates_reckon_with_other_columns_of_points(db):
    credit = CreditFactory(points=Decimal("1.25"))

    Credit.objects.update(points=F("points") + F("points"))

    assert Credit.objects.get(pk=credit.pk).points == Decimal("2.50")


def test_updates_reckon_with_points_that_say_so(db):
    credit = CreditFactory(points=Decimal("1.00"))

    Credit.objects.update(points=F("points") + Value(Decimal("0.25"), PointsField()))

    assert Credit.objects.get(pk=credit.pk).points == Decimal("1.25")


def test_serialized_points_are_readable(db):
    data = serializers.serialize("json", [CreditFactory(points=Decimal("0.50"))])

    assert next(serializers.deserialize("json", data)).object.points == Decimal("0.50")


@pytest.mark.parametrize(("text", "valid"), [("0.25", True), ("0.001", False), ("many", False), ("1000000000", False)])
def test_form_takes_two_decimals(text, valid):
    field = PointsField().formfield()

    try:
        field.clean(text)
    except ValidationError:
        assert not valid
    else:
        assert valid
