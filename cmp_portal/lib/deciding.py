"""Admin pages of back-office queues, where staff decide on a row and give a reason."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.fields import TextField, typed

# Between a decision's name and what its page showed.
SEEN = "_from_"


class Fact(NamedTuple):
    """A line of what is known; with `url`, it leads to the page of what it names."""

    label: str
    value: str
    url: str = ""


class Decision(NamedTuple):
    """A possible decision: label, action (called with the row, `by`, `at` and `note`) and success message."""

    label: str
    action: Callable[..., object]
    told: str


class DecisionForm(forms.Form):
    """One of the currently possible decisions, and the reason for it."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": gettext_lazy(
                "That is no longer possible. Review the current information, and choose again."
            ),
        },
    )
    note = TextField(
        label=gettext_lazy("Reason"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write a reason.")},
    )

    def __init__(self, decisions: Mapping[str, Decision], *args: Any, readers: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = readers
        self.fields["decision"].choices = [(name, one.label) for name, one in decisions.items()]  # type: ignore[attr-defined]


def named(decision: str, seen: object) -> str:
    """A decision's name in the form, with the state that its page showed: where another is shown, it is no choice."""
    return f"{decision}{SEEN}{seen}"


def decision_in(request: HttpRequest) -> str:
    """The requested decision, whatever its page showed."""
    return request.POST.get("decision", "").partition(SEEN)[0]


def refused(request: HttpRequest, why: object, *texts: str) -> None:
    """Show why something was not done, and return the typed text: the page may no longer have a field for it."""
    messages.error(request, str(why))
    for text in filter(str.strip, texts):
        messages.info(request, _("You wrote: %(text)s") % {"text": text})


def attempt(
    request: HttpRequest,
    action: Callable[..., object],
    *,
    refusal: type[Exception],
    texts: Iterable[str] = (),
    **on: Any,
) -> bool:
    """Run a staff member's action; False if it was refused. `texts` names the text arguments taken from the form."""
    said = {name: typed(request, name) for name in texts}
    try:
        action(by=request.user, at=clock.now(), **on, **said)
    except refusal as why:
        refused(request, why, *said.values())
        return False
    return True


class DecidingAdmin(PermissionAdmin):
    """Admin where `see` grants viewing and `decide` deciding; actions refuse by raising `refusal`."""

    decide: ClassVar[str]
    refusal: ClassVar[type[Exception]]
    template: ClassVar[str] = "admin/decide.html"
    # Who reads the reason and who is notified, which staff need to know before they write it.
    readers: ClassVar[Any]

    def facts(self, row: Any) -> Iterable[Fact]:
        """What staff need to know to decide."""
        raise TypeError(f"{type(self).__name__} has no facts")

    def decisions(self, row: Any) -> Mapping[str, Decision]:
        """The decisions possible in the row's current state."""
        raise TypeError(f"{type(self).__name__} has no decisions")

    def repeated(self, row: Any, request: HttpRequest) -> Decision | None:
        """The requested decision, if this person has already made it: a double submission succeeds both times."""
        return None

    def more(self, row: Any) -> dict[str, Any]:
        """Extra context for a template of the subclass's own."""
        return {}

    def is_own(self, request: HttpRequest, row: Any) -> bool:
        """Whether the row is about the user's own record: nobody decides on their own."""
        holder = getattr(request.user, "holder_id", None)
        return holder is not None and holder == row.holder_id

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=number(object_id) or 0)
        may_decide = self._may(request, self.decide) and not self.is_own(request, row)
        if request.method == "POST" and not may_decide:
            raise PermissionDenied
        possible = self.decisions(row) if may_decide else {}
        form = DecisionForm(possible, request.POST or None, readers=self.readers)
        if request.method == "POST" and form.is_valid():
            try:
                return self._decided(request, row, possible[form.cleaned_data["decision"]], form.cleaned_data["note"])
            except self.refusal as refusal:
                form.add_error(None, str(refusal))
        elif request.method == "POST" and (repeated := self.repeated(self._read_again(row), request)):
            return self._told(request, repeated)
        elif request.method == "POST" and not possible:
            refused(
                request,
                _("This has been decided in the meantime. Review the current information."),
                typed(request, "note"),
            )
        return self._page(request, row, form)

    def _read_again(self, row: Model) -> Model:
        """The row as it is now: a double submission may have read it just before the first one decided."""
        row.refresh_from_db()
        return row

    def _decided(self, request: HttpRequest, row: Model, decision: Decision, note: str) -> HttpResponse:
        name = self.opts.model_name or ""
        decision.action(**{name: row}, by=request.user, at=clock.now(), note=note)
        return self._told(request, decision)

    def _told(self, request: HttpRequest, decision: Decision) -> HttpResponse:
        messages.success(request, decision.told)
        return redirect(self.list_url(request))

    def _page(self, request: HttpRequest, row: Model, form: DecisionForm) -> HttpResponse:
        values = {"facts": self.facts(row), "form": form, **self.more(row)}
        return self.render_page(request, self.template, title=str(row), **values)
