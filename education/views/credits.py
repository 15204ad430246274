from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.permissions import holder_of, own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.keyset import Cursor
from education import actions, queries
from education.forms import CreditFilterForm, CreditForm, EditCreditForm, EvidenceForm, NewCreditForm, initial_of
from education.models import Credit

# The name of the button that only previews what would be saved.
CHECK = "check"


@require_GET
@permission_required(Permission.OWN_RECORD)
def credits(request: HttpRequest) -> HttpResponse:
    """All credits of a holder, newest first, or those that match the filters."""
    user = user_of(request)
    form = CreditFilterForm(queries.offered_to(user), request.GET)
    page = queries.credits_page(user, wanted=form.wanted(), cursor=Cursor.read(request.GET.get("at", "")))
    duplicates = queries.possible_duplicates(user)
    return render(request, "education/credits.html", {"page": page, "form": form, "duplicates": duplicates})


@require_GET
@permission_required(Permission.OWN_RECORD)
def credit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    page = queries.credit_page(row, on=clock.today(), before=number(request.GET.get("before")))
    form = EvidenceForm() if page.evidence_url else None
    context = {"page": page, "evidence_form": form, "matches": queries.matches_of(row)}
    return render(request, "education/credit.html", context)


@takes_files
@require_http_methods(["GET", "POST"])
@permission_required(Permission.ALLOCATE)
def credit_add(request: HttpRequest) -> HttpResponse:
    """Add non-ASCP credit: an activity with its documents, optionally checked before it is saved."""
    form, holder, at = NewCreditForm(request.POST or None, request.FILES or None), holder_of(request), clock.now()
    draft = None
    if form.is_valid():
        said, uuid = form.said(), form.cleaned_data["uuid"]
        draft = _tried(form, lambda: actions.draft(uuid=uuid, holder=holder, said=said, at=at))
    if draft is not None and CHECK not in request.POST:
        recorded = _tried(form, lambda: _record(request, form, at=at))
        if recorded is not None:
            messages.success(request, _recorded_words(recorded, on=clock.board_day(at)))
            return redirect("education:credit", uuid=recorded.uuid)
    page = queries.recording_page(draft, on=clock.board_day(at))
    return _form(request, form, page)


def _record(request: HttpRequest, form: NewCreditForm, *, at: datetime) -> Credit:
    return actions.record(
        uuid=form.cleaned_data["uuid"],
        holder=holder_of(request),
        said=form.said(),
        uploads=form.cleaned_data["files"],
        twice=form.cleaned_data["twice"],
        by=user_of(request),
        at=at,
    )


def _recorded_words(credit: Credit, *, on: date) -> str:
    if queries.has_room(credit, on=on):
        return _("Recorded. Allocate it to an area so that it counts.")
    return _("Recorded. It does not count anywhere right now. See why under “Where it counts”.")


@require_http_methods(["GET", "POST"])
@permission_required(Permission.ALLOCATE)
def credit_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row, user, at = _own(request, uuid), user_of(request), clock.now()
    form = EditCreditForm(request.POST or None, initial=initial_of(row))
    draft = None
    if form.is_valid():
        said, (twice, seen) = form.said(), (form.cleaned_data[name] for name in ("twice", "seen"))
        draft = _tried(form, lambda: actions.draft(uuid=uuid, holder=row.holder, said=said, at=at, of=row))
    wanted = draft is not None and CHECK not in request.POST
    if wanted and _tried(form, lambda: actions.edit(credit=row, said=said, twice=twice, seen=seen, by=user, at=at)):
        messages.success(request, _("Corrected."))
        return redirect("education:credit", uuid=row.uuid)
    page = queries.edit_page(row, draft, on=clock.board_day(at))
    return _form(request, form, page)


def _form(request: HttpRequest, form: CreditForm, page: object) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "education/credit_form.html", {"form": form, "page": page}, status=status)


def _tried(form: CreditForm, action: Callable[[], Credit]) -> Credit | None:
    """The result of the action; a refusal becomes an error at its form field."""
    try:
        return action()
    except actions.CreditRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return None


@require_POST
@permission_required(Permission.ALLOCATE)
def credit_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    try:
        actions.withdraw(credit=row, by=user_of(request), at=clock.now())
        messages.success(request, _("Withdrawn. It no longer counts anywhere."))
    except actions.CreditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:credit", uuid=row.uuid)


@require_POST
@permission_required(Permission.ALLOCATE)
def credit_restore(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    try:
        actions.restore(credit=row, twice="twice" in request.POST, by=user_of(request), at=clock.now())
        messages.success(request, _("Restored. Allocate it to an area so that it counts."))
    except actions.CreditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:credit", uuid=row.uuid)


def _own(request: HttpRequest, uuid: UUID) -> Credit:
    return own_or_404(request, queries.credits_visible_to, uuid=uuid)
