"""Form fields shared by several apps, and plain error messages for all fields."""

from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.texts import without_turning
from cmp_portal.lib.uploads import Upload, UploadRefused, checked_type

DAY = _("Choose a day, or enter it as 2026-03-14.")
OFFERED = _("Choose one of the options shown.")
TOO_LONG = _("Enter a shorter number.")
# Say what to do, instead of Django's “This field is required.”; some fields override these with better ones.
WORDS: dict[type[forms.Field], dict[str, Any]] = {
    forms.Field: {"required": _("Fill in this field.")},
    forms.CharField: {
        "max_length": _("Enter at most %(limit_value)s characters. You entered %(show_value)s."),
        "min_length": _("Enter at least %(limit_value)s characters. You entered %(show_value)s."),
    },
    forms.IntegerField: {
        "invalid": _("Enter a whole number."),
        "max_value": _("Enter %(limit_value)s or less."),
        "min_value": _("Enter %(limit_value)s or more."),
    },
    forms.DecimalField: {
        "invalid": _("Enter a number, such as 2.5."),
        "max_digits": TOO_LONG,
        "max_whole_digits": TOO_LONG,
        "max_decimal_places": _("Enter at most %(max)s digits after the decimal point."),
    },
    forms.EmailField: {"invalid": _("Enter an address such as name@example.org.")},
    forms.URLField: {"invalid": _("Enter a web address such as https://example.org.")},
    forms.BooleanField: {"required": _("Select this box.")},
    forms.ChoiceField: {"required": _("Choose one."), "invalid_choice": OFFERED},
    forms.ModelChoiceField: {"required": _("Choose one."), "invalid_choice": OFFERED},
    forms.MultipleChoiceField: {"required": _("Select at least one."), "invalid_choice": OFFERED},
    forms.FileField: {"required": _("Choose a file first."), "empty": _("This file is empty. Choose another one.")},
    forms.DateField: {"required": DAY, "invalid": DAY},
}


def speak_plainly() -> None:
    """Install these messages as defaults for all form fields, including the admin's and third-party packages'."""
    for field, words in WORDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}


class LineField(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        return without_turning(str(super().to_python(value)))


class TextField(forms.CharField):
    """Multi-line text, with its length counted as the page counts it: browsers send CRLF for each line break."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return _with_plain_ends(str(super().to_python(value)))


def typed(request: HttpRequest, name: str, *, most: int = 5000) -> str:
    """A text from a hand-written form, normalized likewise and cut at the form's own limit."""
    return _with_plain_ends(request.POST.get(name, "").replace("\0", ""))[:most]


def _with_plain_ends(text: str) -> str:
    return without_turning(text.replace("\r\n", "\n"))


class PositiveField(forms.DecimalField):
    """A number above 0 with at most two decimals; everything wrong with it is said once, in the same words."""

    def __init__(self, *, words: Any, **kwargs: Any) -> None:
        said = dict.fromkeys(("required", "invalid"), words)
        super().__init__(min_value=Decimal("0.01"), decimal_places=2, localize=False, error_messages=said, **kwargs)

    def run_validators(self, value: Any) -> None:
        """Report one error even if several rules are broken: 0.005 is too small and has too many decimals."""
        try:
            super().run_validators(value)
        except forms.ValidationError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class KeyedForm(forms.Form):
    """A form with an idempotency key, so that submitting it twice does the work once."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages=dict.fromkeys(("required", "invalid"), _("Please open this page again.")),
    )

    def take_new_key(self) -> None:
        """Give a refused form a new key, since its next submission is intentional."""
        data = cast(QueryDict, self.data).copy()
        data["key"] = str(uuid4())
        self.data = data


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesForm(forms.Form):
    """A form that may include files."""

    def ask_for_files_again(self) -> None:
        """Ask for the files again when a form comes back with errors: browsers do not keep them."""
        if self.files and self.errors and "files" in self.fields:
            self.add_error(
                "files",
                _("Nothing has been sent yet, and your browser does not keep the files. Choose them all again."),
            )


class FilesField(forms.FileField):
    """Several files at once, each a PDF, PNG or JPEG by content."""

    widget = FilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})

    def __init__(self, **kwargs: Any) -> None:
        # Empty files are refused below, with their names.
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        uploads = [super(FilesField, self).clean(one, initial) for one in data or [] if one]
        if self.required and not uploads:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if refusals := [refusal for upload in uploads if (refusal := self._refusal_of(upload))]:
            raise forms.ValidationError(refusals)
        return uploads

    def _refusal_of(self, upload: Upload) -> str:
        try:
            checked_type(upload)
        except UploadRefused as refusal:
            return str(refusal)
        return ""
