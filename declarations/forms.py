from django import forms
from django.utils.translation import gettext_lazy as _


class AttestForm(forms.Form):
    """The holder's word."""

    attested = forms.BooleanField(
        label=_("I have read this declaration and confirm that it is true."),
        error_messages={"required": _("Tick the box to confirm the declaration.")},
    )
