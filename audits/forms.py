from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits import rules
from cmp_portal.lib.fields import TextField
from declarations.forms import AttestForm

MOST = 100
NO_RATE = gettext_lazy("Enter a rate from 0% to 100%, such as 5% or 0.05. A percentage can have up to two decimals.")
NO_MOMENT = gettext_lazy("Choose a day and a time.")


class RateField(forms.CharField):
    """A rate such as 5% or 0.05."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, **kwargs)

    def clean(self, value: Any) -> Any:
        return rate_of(text) if (text := super().clean(value)) else None


class TypeRatesField(forms.CharField):
    """Lines such as MLS(ASCP)=10%."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def clean(self, value: Any) -> Any:
        rates: dict[str, Decimal] = {}
        for line in filter(str.strip, super().clean(value).splitlines()):
            code, _is_there, rate = map(str.strip, line.rpartition("="))
            if not code:
                raise ValidationError(_("Enter “%(line)s” in the form MLS(ASCP)=10%%.") % {"line": line.strip()})
            if code in rates:
                raise ValidationError(_("There are two rates for %(code)s. Keep only one.") % {"code": code})
            rates[code] = rate_of(rate)
        return rates


def rate_of(text: str) -> Decimal:
    try:
        return rules.rate_of(text)
    except ValueError:
        raise ValidationError(NO_RATE) from None


class RoundForm(forms.Form):
    """The parameters of a new round."""

    cutoff = forms.DateTimeField(
        label=gettext_lazy("Cut-off"),
        help_text=gettext_lazy("In the Board's time zone. Declarations received by then are in the population."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
        error_messages={"required": NO_MOMENT, "invalid": NO_MOMENT},
    )
    rate = RateField(
        label=gettext_lazy("Usual rate"),
        help_text=gettext_lazy("For example, 5%."),
        error_messages={"required": NO_RATE},
    )
    credentials = TypeRatesField(
        label=gettext_lazy("Rates for individual credentials"),
        help_text=gettext_lazy("One per line, for example, MLS(ASCP)=10%."),
        required=False,
    )
    late = RateField(label=gettext_lazy("Rate for late declarations"), required=False)
    findings = RateField(label=gettext_lazy("Rate after earlier findings"), required=False)
    is_rolling = forms.BooleanField(
        label=gettext_lazy("Select declarations as they are submitted, until the cut-off, instead of in one draw"),
        required=False,
    )

    @property
    def rates(self) -> rules.Rates:
        """The rates of a valid form."""
        given: Mapping[str, Any] = self.cleaned_data
        return rules.Rates(given["rate"], given["credentials"], given["late"], given["findings"])


class AnswerForm(forms.Form):
    """Why there is no document for a credit; an empty reason withdraws an earlier one."""

    reason = TextField(max_length=2000, required=False)


class HandInForm(forms.Form):
    """Hand-in with an optional message; if credits have no response yet, `anyway` must be checked."""

    note = TextField(
        label=gettext_lazy("Message to the Board"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("Submit without them"),
        error_messages={
            "required": gettext_lazy("Nothing has been submitted yet. Answer for every credit, or select this box."),
        },
    )

    def __init__(self, *args: Any, has_gaps: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_gaps:
            del self.fields["anyway"]


class ReplaceForm(AttestForm):
    """The replacement credits, with the holder's attestation."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.chosen: list[str] = data.getlist("instead")[:MOST] if data is not None else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["instead"] = [self._share(text) for text in self.chosen]
        return cleaned

    def _share(self, text: str) -> tuple[str, str, Decimal]:
        """Parse a choice into the credit's UUID, area and points; whether they fit is for the rules to decide."""
        credit, _colon, rest = text.replace("\0", "").partition(":")
        area, _colon, points = rest.rpartition(":")
        try:
            amount = Decimal(points)
            if not amount.is_finite() or not 0 < amount < 10_000 or amount != round(amount, 2):
                raise InvalidOperation
        except InvalidOperation:
            raise forms.ValidationError(_("Choose one of the credits shown.")) from None
        return credit, area, amount
