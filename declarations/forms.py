from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from declarations.enums import Grounds


class AttestForm(forms.Form):
    """The holder's word."""

    attested = forms.BooleanField(
        label=_("I have read this declaration and confirm that it is true."),
        error_messages={"required": _("Tick the box to confirm the declaration.")},
    )


class SubmitForm(AttestForm):
    """The same word, carried on, and a digest of what the holder was shown."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attested"].widget = forms.HiddenInput()


class AppealForm(forms.Form):
    """The holder's letter against a denial."""

    grounds = forms.ChoiceField(label=_("Grounds"), choices=Grounds.choices, widget=forms.RadioSelect)
    letter = forms.CharField(
        label=_("Your letter"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Say what happened and when. Documents that prove it belong to the credits they are about."),
    )


class VerifyForm(forms.Form):
    """What stands on a certificate."""

    certificate_number = forms.CharField(
        label=_("Certificate number"), max_length=32, help_text=_("As it stands on the certificate.")
    )
    last_name = forms.CharField(label=_("Last name"), max_length=100, help_text=_("Of the person who holds it."))


class FileForm(forms.Form):
    """A paper or a badge as a file."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("A letter or a certificate as PDF, or a digital badge, as its holder gave it to you."),
    )
