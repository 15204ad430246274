"""Exact points: whole hundredths in the database, Decimal with two places everywhere else."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

HUNDREDTH = Decimal("0.01")


def to_hundredths(points: Decimal) -> int:
    """Convert to whole hundredths; raises ValueError if `points` has more than two decimals."""
    hundredths = points * 100
    if hundredths != hundredths.to_integral_value():
        raise ValueError(f"{points} has more than two decimals")
    return int(hundredths)


def from_hundredths(hundredths: int) -> Decimal:
    """Convert whole hundredths to points, always with two places."""
    return Decimal(hundredths).scaleb(-2)


class PointsField(models.Field):  # type: ignore[type-arg]
    """Stores integer hundredths and returns `Decimal`; lookups take points.

    In arithmetic with F(), a number needs its field: `F("points") + Value(Decimal("0.25"), PointsField())`.
    """

    description = _("Points with two decimals")
    default_error_messages = {"invalid": _("“%(value)s” is not a number of points with at most two decimal places.")}

    def get_internal_type(self) -> str:
        return "IntegerField"

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_hundredths(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            return from_hundredths(to_hundredths(Decimal(str(value))))
        except (InvalidOperation, ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from None

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        points = self.to_python(value)
        return None if points is None else to_hundredths(points)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": forms.DecimalField, "decimal_places": 2, "max_digits": 8, **kwargs})
