"""Form fields that several apps ask with."""

from typing import Any

from django import forms

from cmp_portal.lib.uploads import Upload, UploadRefused, checked_type


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, each a PDF, PNG or JPEG by its content."""

    widget = FilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})

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
