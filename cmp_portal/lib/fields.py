"""Form fields that several apps ask with, and what the others say when they are left empty."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.uploads import Upload, UploadRefused, checked_type

DAY = _("Choose a day, or enter it as 2026-03-14.")
OFFERED = _("Choose one of the options shown.")
TOO_LONG = _("Enter a shorter number.")
# What to do, in place of Django's “This field is required.” and the like; some fields can say it better themselves.
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
    """From now on every field says so, also those of the back office and of the packages."""
    for field, words in WORDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}


class TextField(forms.CharField):
    """Text of several lines, as long as its page counts it: a browser sends two signs for each end of a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return _with_plain_ends(str(super().to_python(value)))


def typed(request: HttpRequest, name: str, *, most: int = 5000) -> str:
    """The same of a page that writes its own form; it lets nobody write more than is taken here."""
    return _with_plain_ends(request.POST.get(name, "").replace("\0", ""))[:most]


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


class KeyedForm(forms.Form):
    """Its key makes a form that is sent twice do its work once."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages=dict.fromkeys(("required", "invalid"), _("Please open this page again.")),
    )

    def take_new_key(self) -> None:
        """For a form that was refused and comes back: sent again, it is meant."""
        data = cast(QueryDict, self.data).copy()
        data["key"] = str(uuid4())
        self.data = data


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesForm(forms.Form):
    """A form that may bring files along."""

    def ask_for_files_again(self) -> None:
        """A browser forgets which files were chosen when a form comes back."""
        if self.files and self.errors and "files" in self.fields:
            self.add_error(
                "files",
                _("Nothing has been sent yet, and your browser does not keep the files. Choose them all again."),
            )


class FilesField(forms.FileField):
    """Several files at once, each a PDF, PNG or JPEG by its content."""

    widget = FilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})

    def __init__(self, **kwargs: Any) -> None:
        # An empty one is refused below, by its name.
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        uploads = [super(FilesField, self).clean(one, initial) for one in data or [] if one]
        if self.required and not uploads:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [self._accepted(upload) for upload in uploads]

    def _accepted(self, upload: Upload) -> Upload:
        try:
            checked_type(upload)
        except UploadRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return upload
