import secrets
from typing import Any, cast

from django import forms
from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cmp_portal.lib.fields import FilesField, FilesForm, KeyedForm, PositiveField, TextField
from cmp_portal.lib.formatting import largest_document
from credentials.models import Credential
from credentials.queries import own_credentials
from declarations.enums import Grounds, Shown


class AttestForm(forms.Form):
    """The holder's attestation."""

    attested = forms.BooleanField(
        label=_("I have read this declaration and confirm that it is true."),
        error_messages={"required": _("Select the check box to confirm the declaration.")},
    )


class SubmitForm(AttestForm):
    """The attestation carried over, and the digest of what the holder was shown."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attested"].widget = forms.HiddenInput()


class AppealForm(FilesForm):
    """The holder's appeal against a denial."""

    grounds = forms.ChoiceField(
        label=_("Grounds"),
        choices=Grounds.choices,
        widget=forms.RadioSelect,
    )
    letter = TextField(
        label=_("Your letter"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _("Write your letter.")},
        help_text=_("Explain what happened and when. Once sent, neither the letter nor its documents can be changed."),
    )
    files = FilesField(  # type: ignore[assignment]
        label=_("Documents"),
        required=False,
        help_text=format_lazy(
            _(
                "Documents that prove it, such as a physician's letter, orders or a certificate. PDF, PNG or JPEG, up"
                " to {size} each. Choose all of them at once."
            ),
            size=largest_document,
        ),
    )

    def said(self) -> dict[str, Any]:
        """The appeal's values; the form must be valid."""
        given = self.cleaned_data
        return {"grounds": Grounds(given["grounds"]), "letter": given["letter"], "documents": given["files"]}


class ReplaceForm(forms.Form):
    """A readable copy of a document that can't be opened."""

    # An empty file is rejected by the action, which names it.
    file = forms.FileField(allow_empty_file=True, error_messages={"required": _("Choose the copy first.")})


class VerifyForm(forms.Form):
    """What is printed on a certificate."""

    certificate_number = forms.CharField(
        label=_("Certificate number"), max_length=32, help_text=_("As shown on the certificate.")
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=100, help_text=_("The last name of the person who holds it.")
    )


class FileForm(forms.Form):
    """A paper or a badge uploaded as a file."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        error_messages={"empty": _("This file is empty. Choose another one, or ask the person to send it again.")},
        help_text=_("A letter or certificate as a PDF, or a digital badge, exactly as the holder gave it to you."),
    )


SECRETS = Signer(salt="share link")
DAYS = {7: _("A week"), 30: _("A month"), 90: _("Three months"), 365: _("A year")}


class ShareForm(forms.Form):
    """What a link shows, and for how long; the secret is part of the form, so that sending it twice makes one link."""

    credential = forms.TypedChoiceField(label=_("Credential"))
    shows = forms.MultipleChoiceField(
        label=_("What to show besides validity and dates"), choices=Shown.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label=_("For how long"), choices=list(DAYS.items()), coerce=int, initial=30)
    note = forms.CharField(
        label=_("For whom"),
        max_length=100,
        required=False,
        help_text=_("For your own reference: it is not shown to them."),
    )
    agreed = forms.BooleanField(
        label=_("I agree that anyone who has the link can see this until it expires or I revoke it."),
        error_messages={"required": _("Select the check box to agree.")},
    )
    secret = forms.CharField(max_length=200, widget=forms.HiddenInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: dict[str, Credential] = {str(one.pk): one for one in own_credentials(user)}
        credential = self.fields["credential"]
        assert isinstance(credential, forms.TypedChoiceField)  # noqa: S101 (for the types)
        credential.choices = [(pk, one.credential_type.code) for pk, one in own.items()]
        credential.coerce = own.__getitem__
        self.fields["secret"].initial = _new_secret()

    def clean_secret(self) -> str:
        try:
            return SECRETS.unsign(self.cleaned_data["secret"])
        except BadSignature:
            raise forms.ValidationError(_("Please open this page again.")) from None

    def take_new_secret(self) -> None:
        """Give a refused form a new secret, since its next submission is intentional."""
        data = cast(QueryDict, self.data).copy()
        data["secret"] = _new_secret()
        self.data = data


def _new_secret() -> str:
    return SECRETS.sign(secrets.token_urlsafe(32))


class NotePaymentForm(KeyedForm):
    """A payment received for an invoice."""

    reference = forms.CharField(
        label=_("Check or transfer number"),
        max_length=255,
        error_messages={
            "required": _("Enter the check or transfer number of the payment."),
        },
    )
    note = TextField(
        label=_("Note for staff"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RefundForm(KeyedForm):
    """A refund of a payment, and the reason."""

    amount = PositiveField(
        label=_("Amount"),
        max_digits=9,
        words=_("Enter an amount above 0 with at most two decimals, such as 12.50."),
    )
    reason = TextField(
        label=_("Reason, shown to the holder"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason. It is shown on the holder's page.")},
    )


class NoteForm(forms.Form):
    """A reply to the Board; `uuid` is its idempotency key."""

    uuid = forms.UUIDField()
    text = TextField(max_length=5000, error_messages={"required": _("Write your answer first.")})
