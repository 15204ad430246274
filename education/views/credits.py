from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.permissions import holder_of, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.keyset import Cursor
from education import actions, queries
from education.forms import CreditForm, EvidenceForm, NewCreditForm, initial_of
from education.models import Credit


@require_GET
@permission_required(Permission.OWN_RECORD)
def credits(request: HttpRequest) -> HttpResponse:
    """All credits of a holder, newest first."""
    user = user_of(request)
    page = queries.credits_page(user, cursor=Cursor.read(request.GET.get("at", "")))
    duplicates = queries.possible_duplicates(user)
    return render(request, "education/credits.html", {"page": page, "duplicates": duplicates})


@require_GET
@permission_required(Permission.OWN_RECORD)
def credit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    page = queries.credit_page(row, on=clock.today())
    form = EvidenceForm() if page.evidence_url else None
    context = {"page": page, "evidence_form": form, "matches": queries.matches_of(row)}
    return render(request, "education/credit.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(Permission.ALLOCATE)
def credit_add(request: HttpRequest) -> HttpResponse:
    """Add non-ASCP credit: an activity with its documents."""
    form = NewCreditForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            recorded = _record(request, form)
            messages.success(request, _("Recorded. Allocate it to an area so that it counts."))
            return redirect("education:credit", uuid=recorded.uuid)
        except actions.CreditRefused as refusal:
            form.add_error(refusal.field, str(refusal))
    return render(request, "education/credit_form.html", {"form": form, "page": {}})


def _record(request: HttpRequest, form: NewCreditForm) -> Credit:
    user, at = user_of(request), clock.now()
    return actions.record(
        uuid=form.cleaned_data["uuid"],
        holder=holder_of(request),
        said=form.said(),
        uploads=form.cleaned_data["files"],
        by=user,
        at=at,
    )


@require_http_methods(["GET", "POST"])
@permission_required(Permission.ALLOCATE)
def credit_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    form = CreditForm(request.POST or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit(credit=row, said=form.said(), by=user_of(request), at=clock.now())
            messages.success(request, _("Corrected."))
            return redirect("education:credit", uuid=row.uuid)
        except actions.CreditRefused as refusal:
            form.add_error(refusal.field, str(refusal))
    page = queries.edit_page(row)
    return render(request, "education/credit_form.html", {"form": form, "page": page})


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


def _own(request: HttpRequest, uuid: UUID) -> Credit:
    user = user_of(request)
    return get_object_or_404(queries.credits_visible_to(user).filter(holder_id=user.holder_key), uuid=uuid)
