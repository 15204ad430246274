import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.fields import FilesField, LineField, PositiveField, TextField
from cmp_portal.lib.formatting import largest_document, points_text
from credentials.enums import Unit
from credentials.models import ActivityKind, Subject
from education.actions import Correction, Edit, NewCredit, WantedShare, seen_of
from education.enums import Outcome, Which
from education.models import Credit, Provider
from education.queries import CreditFilters, Offered, Planned


class AmountField(PositiveField):
    """Points or another amount: above 0 and below 10,000, with at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        words = _("Enter a number such as 1.5: above 0, below 10,000, with at most two decimal places.")
        super().__init__(words=words, max_digits=6, **kwargs)


class DayField(forms.DateField):
    """A date from 1900 on."""

    # Browsers require this format in every language; a date input stays empty for any other.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value.year < 1900:
            raise forms.ValidationError(_("Check the year."))


class EvidenceForm(forms.Form):
    """Documents for an existing credit."""

    files = FilesField(  # type: ignore[assignment]
        label=_("Documents"),
        help_text=format_lazy(
            _("PDF, PNG or JPEG, up to {size} each. You can choose several files or drop them here."),
            size=largest_document,
        ),
    )


class FeedForm(forms.Form):
    """A file of completed credits and its provider."""

    provider = forms.ModelChoiceField(label=_("Provider"), queryset=Provider.objects.order_by("title"))
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV with column names in the first line, or one JSON object per line; can be compressed with gzip."
        ),
    )


class DismissForm(forms.Form):
    """The reason for dismissing a line."""

    note = forms.CharField(label=_("Reason"), max_length=300, help_text=_("The provider may ask."))


class CreditForm(forms.Form):
    """An activity as its holder enters it; `uuid` makes submitting the form idempotent."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    title = LineField(
        label=_("Title"),
        max_length=300,
        help_text=_("As shown on the certificate."),
        error_messages={"required": _("Enter its title.")},
    )
    provider_name = LineField(
        label=_("Provider"),
        max_length=160,
        help_text=_("Who offered it, such as a society, university or employer."),
        error_messages={"required": _("Enter who offered it.")},
    )
    kind = forms.ModelChoiceField(
        label=_("Kind of activity"),
        queryset=ActivityKind.objects.order_by("position", "title"),
        to_field_name="code",
        empty_label=_("Choose one"),
        error_messages={"required": _("Choose the kind of activity.")},
    )
    subjects = forms.MultipleChoiceField(
        label=_("Subjects"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They determine the areas in which it counts."),
    )
    completed_on = DayField(label=_("Completed on"), error_messages={"required": _("Choose the day you completed it.")})
    quantity = AmountField(label=_("Quantity"))
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices, initial=Unit.CONTACT_HOUR)
    twice = forms.BooleanField(label=_("This is a different activity. I took part in both."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subjects"].choices = _subject_choices()  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("uuid", uuid4())

    def said(self) -> NewCredit:
        """What the holder entered; the form must be valid."""
        values = {name: self.cleaned_data[name] for name in NewCredit.__dataclass_fields__}
        subjects = list(dict.fromkeys(values["subjects"]))
        return NewCredit(**{**values, "subjects": subjects, "unit": Unit(values["unit"])})


class NewCreditForm(CreditForm):
    """Recording a credit together with its documents."""

    files = FilesField(  # type: ignore[assignment]
        label=_("Documents"),
        required=False,
        help_text=format_lazy(
            _("Certificate or other proof: PDF, PNG or JPEG, up to {size} each. You can choose or drop several files."),
            size=largest_document,
        ),
    )
    field_order = ["uuid", "title", "provider_name", "kind", "subjects", "completed_on", "quantity", "unit", "files"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.files:
            self.fields["files"].help_text = _(
                "Choose your documents again. Browsers do not keep them when a page is shown again."
            )


class EditCreditForm(CreditForm):
    """Correcting a recorded credit; `seen` identifies what it said when the page was opened."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


def initial_of(credit: Credit) -> dict[str, Any]:
    """Initial form values for a recorded credit."""
    return {
        "uuid": credit.uuid,
        "title": credit.title,
        "provider_name": credit.provider_name,
        "kind": credit.kind.code,
        "subjects": credit.subjects,
        "completed_on": credit.completed_on.isoformat(),
        "quantity": points_text(credit.quantity),
        "unit": credit.unit,
        "seen": seen_of(credit),
    }


class AllocateForm(forms.Form):
    """A share: how many points of a credit, in which area."""

    area = forms.SlugField(max_length=40)
    points = forms.DecimalField(min_value=Decimal("0.01"), max_digits=6, decimal_places=2)


class DisputeForm(forms.Form):
    """What is wrong with a delivered credit, in the holder's words."""

    note = TextField(
        label=_("What is wrong?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write what is wrong.")},
        help_text=_("Explain what it should be. The Board reads your explanation along with this credit's documents."),
    )


class DecideForm(forms.Form):
    """The Board's answer to a dispute, and what the credit should say if it is corrected."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
    )
    answer = TextField(
        label=_("Answer, shown to the holder"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write your answer first.")},
    )
    title = forms.CharField(label=_("Title"), max_length=300, error_messages={"required": _("Enter its title.")})
    completed_on = DayField(label=_("Completed on"))
    points = AmountField(label=_("Points"))
    subjects = forms.MultipleChoiceField(
        label=_("Subjects"),
        widget=forms.CheckboxSelectMultiple,
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subjects"].choices = _subject_choices()  # type: ignore[attr-defined]

    def decision(self) -> dict[str, Any]:
        """What `actions.decide` is to do; the form must be valid."""
        said = self.cleaned_data
        subjects = list(dict.fromkeys(said["subjects"]))
        correction = Correction(said["title"], said["completed_on"], subjects, said["points"])
        outcome = Outcome(said["outcome"])
        return {"outcome": outcome, "answer": said["answer"], "correction": correction, "seen": said["seen"]}

    def points_entered(self) -> Decimal | None:
        """The points to show the effect of; other fields may still be empty, so only complaints about these remain."""
        for name in {*self.errors} - {"points"}:
            del self.errors[name]
        return self.cleaned_data.get("points")


def correction_of(credit: Credit) -> dict[str, Any]:
    """Initial values for the form that corrects a delivered credit."""
    return {
        "title": credit.title,
        "completed_on": credit.completed_on.isoformat(),
        "points": points_text(credit.points),
        "subjects": credit.subjects,
        "seen": seen_of(credit),
    }


class CreditFilterForm(forms.Form):
    """Which credits to show; invalid filters are ignored."""

    words = forms.CharField(label=_("Search"), max_length=100, required=False)
    which = forms.ChoiceField(label=_("Show"), choices=Which.choices, required=False)
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)

    def __init__(self, offered: Offered, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", _("All providers")), *((one, one) for one in offered.providers)]  # type: ignore[attr-defined]
        self.fields["year"].choices = [("", _("All years")), *((one, one) for one in offered.years)]  # type: ignore[attr-defined]

    def wanted(self) -> CreditFilters:
        """The valid filters."""
        self.full_clean()
        return CreditFilters(**self.cleaned_data)


class PlannedForm(forms.Form):
    """A course the holder considers taking: subject, points, and by when."""

    subject = forms.ChoiceField(label=_("Subject"))
    kind = forms.ModelChoiceField(
        label=_("Kind of activity"),
        queryset=ActivityKind.objects.filter(counts=True).order_by("position", "title"),
        to_field_name="code",
        empty_label=None,
    )
    points = AmountField(label=_("Points"))
    on = DayField(label=_("Completed by"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = _subject_choices()  # type: ignore[attr-defined]

    def said(self) -> Planned:
        """The course; the form must be valid."""
        values = self.cleaned_data
        return Planned(values["subject"], values["kind"].code, values["points"], values["on"])


def _subject_choices() -> list[tuple[str, str]]:
    return list(Subject.objects.order_by("position", "title").values_list("code", "title"))


SHARE = re.compile(r"(?P<share>share-(?P<credit>\d{1,18})-(?P<area>[-\w]{1,40}))-(?P<hundredths>\d{1,8})", re.ASCII)
TO_ALLOCATE = re.compile(r"\d{1,18}-(area|points)", re.ASCII)
NUMBER = forms.DecimalField(min_value=Decimal(0), max_digits=6, decimal_places=2)


def edits_of(data: Mapping[str, Any]) -> list[Edit] | None:
    """The shares whose points were edited; None if one of the inputs is not a number.

    Each input is named after its share and the points it showed, so that untouched shares keep their present points.
    """
    edits = []
    for share, text in _edited(data):
        if (points := _number(text)) is None:
            return None
        edits.append(Edit(int(share["credit"]), share["area"], points))
    return edits


def typed_of(data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed into the list: the edited inputs by share, and the areas and points to be allocated by name."""
    shares = {share["share"]: text for share, text in _edited(data)}
    return shares | {name: text for name, text in data.items() if TO_ALLOCATE.fullmatch(name)}


def left_of(data: Mapping[str, Any], shown: Mapping[str, str], *, done: str) -> dict[str, str]:
    """What was typed into the list beside what was sent; `shown` has each input's text before, by name.

    The names of the inputs that were sent begin with `done`.
    """
    changed = {name: text for name, text in data.items() if shown.get(name, text) != text}
    return {name: text for name, text in changed.items() if not name.startswith(done)}


def _edited(data: Mapping[str, Any]) -> Iterator[tuple[re.Match[str], str]]:
    for name, text in data.items():
        share = SHARE.fullmatch(name)
        if share and _number(text) != Decimal(share["hundredths"]) / 100:
            yield share, text


def _number(text: str) -> Decimal | None:
    try:
        points: Decimal = NUMBER.clean(text or "0")
        return points
    except forms.ValidationError:
        return None


def wanted_shares(data: QueryDict) -> list[WantedShare] | None:
    """The cycles that were ticked, each with its area and points; None if one of the inputs is invalid."""
    wanted = []
    for key in filter(CYCLE.fullmatch, dict.fromkeys(data.getlist("cycle"))):
        form = AllocateForm({"area": data.get(f"area-{key}"), "points": data.get(f"points-{key}")})
        if not form.is_valid():
            return None
        wanted.append(WantedShare(int(key), form.cleaned_data["area"], form.cleaned_data["points"]))
    return wanted


CYCLE = re.compile(r"[0-9]{1,18}")
