from decimal import Decimal
from itertools import chain

import pytest
from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.formsets import ManagementForm
from django.template.loader import render_to_string
from django.urls import get_resolver

from cmp_portal.lib.fields import FilesField, LineField, PositiveField, TextField, typed

# As a page counts them and lets them be written: ten signs.
TEN = "one\r\ntwo\r\n34"


def test_text_is_as_long_as_its_page_counts_it():
    assert TextField(max_length=10).clean(TEN) == "one\ntwo\n34"


def test_text_that_is_longer_is_refused():
    with pytest.raises(ValidationError):
        TextField(max_length=9).clean(TEN)


def test_nothing_is_cut_off_that_a_page_lets_somebody_write(rf):
    request = rf.post("/", {"note": TEN})

    assert typed(request, "note", most=10) == "one\ntwo\n34"


def test_a_field_that_is_missing_is_empty(rf):
    assert typed(rf.post("/"), "note") == ""


@pytest.mark.parametrize("field", [LineField(), TextField()], ids=["line", "text"])
def test_what_is_written_never_reverses_the_words_after_it(field):
    assert field.clean("\u202eevil \u2067שלום\u200f") == "evil שלום\u200f"


@pytest.mark.parametrize("field", [LineField(), TextField()], ids=["line", "text"])
def test_what_only_turns_the_words_is_nothing(field):
    with pytest.raises(ValidationError, match="Fill in this field"):
        field.clean("\u202e")


def test_each_file_that_can_not_be_taken_is_named_at_once():
    files = [SimpleUploadedFile(name, content) for name, content in (("a.txt", b"a"), ("b.pdf", b""), ("c.exe", b"MZ"))]

    with pytest.raises(ValidationError) as refusal:
        FilesField().clean(files)

    assert refusal.value.messages == [
        "“a.txt” is not a PDF, PNG or JPEG file.",
        "“b.pdf” is empty.",
        "“c.exe” is not a PDF, PNG or JPEG file.",
    ]


def test_an_empty_file_is_no_file():
    with pytest.raises(ValidationError, match="This file is empty"):
        forms.FileField().clean(SimpleUploadedFile("feed.csv", b""))


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (forms.CharField(), "Fill in this field."),
        (forms.EmailField(), "Fill in this field."),
        (forms.BooleanField(), "Select this box."),
        (forms.TypedChoiceField(), "Choose one."),
        (forms.ModelChoiceField(None), "Choose one."),
        (forms.MultipleChoiceField(), "Select at least one."),
        (forms.FileField(), "Choose a file first."),
        (forms.DateField(), "Choose a day, or enter it as 2026-03-14."),
        (forms.CharField(error_messages={"required": "Write your letter."}), "Write your letter."),
    ],
)
def test_an_empty_field_says_what_to_do(field, words):
    with pytest.raises(ValidationError) as refusal:
        field.clean(None)

    assert refusal.value.messages == [words]


@pytest.mark.parametrize(
    ("field", "said", "words"),
    [
        (forms.CharField(max_length=3), "four", "Enter at most 3 characters. You entered 4."),
        (forms.CharField(min_length=3), "no", "Enter at least 3 characters. You entered 2."),
        (forms.EmailField(), "nobody", "Enter an address such as name@example.org."),
        (forms.URLField(assume_scheme="https"), "no where", "Enter a web address such as https://example.org."),
        (forms.IntegerField(), "2.5", "Enter a whole number."),
        (forms.IntegerField(max_value=3), "4", "Enter 3 or less."),
        (forms.DecimalField(min_value=3), "2.5", "Enter 3 or more."),
        (forms.DecimalField(), "many", "Enter a number, such as 2.5."),
        (forms.DecimalField(decimal_places=2), "0.125", "Enter at most 2 digits after the decimal point."),
        (forms.DecimalField(max_digits=3), "1234", "Enter a shorter number."),
        (forms.TypedChoiceField(choices=[("a", "A")]), "b", "Choose one of the options shown."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), ["b"], "Choose one of the options shown."),
        (forms.DateField(), "soon", "Choose a day, or enter it as 2026-03-14."),
    ],
)
def test_what_can_not_be_taken_is_said_with_what_to_do(field, said, words):
    with pytest.raises(ValidationError) as refusal:
        field.clean(said)

    assert refusal.value.messages == [words]


@pytest.mark.parametrize("said", ["", "0", "-1", "0.005", "-0.005", "1234", "12345.678", "many"])
def test_an_amount_that_breaks_several_rules_says_so_once(said):
    with pytest.raises(ValidationError) as refusal:
        PositiveField(words="Enter an amount.", max_digits=5).clean(said)

    assert refusal.value.messages == ["Enter an amount."]


def test_an_amount_is_exact():
    assert PositiveField(words="", max_digits=5).clean("12.50") == Decimal("12.50")


# The number of lines on a page, and what stands chosen above a list.
SENT_BY_NO_PERSON = {ManagementForm, ActionForm}


def kinds(form):
    return [form, *chain.from_iterable(map(kinds, form.__subclasses__()))]


def test_no_form_says_only_that_something_is_missing():
    assert get_resolver().url_patterns  # by which all forms are known
    known = {form for form in kinds(forms.Form) + kinds(forms.ModelForm) if form not in SENT_BY_NO_PERSON}
    said = {(form.__name__, name): field.error_messages for form in known for name, field in form.base_fields.items()}

    assert [place for place, words in said.items() if words["required"] == "This field is required."] == []


@pytest.mark.parametrize(
    ("template", "given"),
    [
        ("audits/_asked.html", {"row": {"evidence_url": "/"}}),
        ("declarations/_appeal_documents.html", {"appeal": {"documents": [{"replace_url": "/"}]}}),
    ],
)
def test_page_tells_the_size_that_a_document_may_have(settings, template, given):
    settings.EVIDENCE_MAX_BYTES = 5 * 1024**2

    assert "up to 5 MB" in render_to_string(template, given).replace("\u00a0", " ")
