from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from credentials.rules.claims import Said


class ClaimForm(forms.Form):
    """The details on the certificate, and the month of birth."""

    certificate_number = forms.CharField(
        label=_("Certificate number"),
        max_length=32,
        help_text=_("As shown on your certificate."),
        error_messages={"required": _("Enter your certificate number.")},
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        help_text=_("As printed on the certificate."),
        widget=forms.TextInput({"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    birth_month = forms.TypedChoiceField(
        label=_("Month of birth"),
        choices=[("", _("Choose a month")), *MONTHS.items()],
        coerce=int,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose your month of birth.")),
    )

    def said(self) -> Said:
        return Said(**self.cleaned_data)
