from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.body_limits import takes_files
from declarations import actions, queries
from declarations.forms import AppealForm, ReplaceForm
from declarations.models import AppealDocument, Declaration
from declarations.permissions import may_reply, moves_of
from declarations.views.notes import take_answer
from education.actions import EvidenceRefused


@require_GET
@permission_required(Permission.OWN_RECORD)
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    declaration = _own(request, uuid)
    on = clock.today()
    may_appeal = not queries.appeal_refusal(declaration, on=on)
    moves, fee = moves_of(user_of(request), declaration), queries.fee_note(declaration)
    is_owed = fee is not None and fee.is_due
    can = {"may_appeal": may_appeal, "may_reply": may_reply(user_of(request), declaration)}
    page = queries.detail_page(declaration, moves=moves, is_owed=is_owed, **can)
    context = {"page": page, "marks": queries.marks_in(declaration.cycle, on=on), "fee": fee}
    return render(request, "declarations/detail.html", context)


@require_POST
@permission_required(Permission.DECLARE)
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    declaration = _own(request, uuid)
    try:
        actions.withdraw(declaration=declaration, by=user_of(request), at=clock.now())
        messages.success(request, _("Withdrawn. You can change the allocation and declare again."))
    except actions.MoveRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(declaration)


@takes_files
@require_http_methods(["GET", "POST"])
@permission_required(Permission.DECLARE)
def appeal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Appeal a denial, once, with a letter and documents."""
    declaration, at = _own(request, uuid), clock.now()
    form = AppealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.appeal(declaration=declaration, by=user_of(request), at=at, **form.said())
        except actions.MoveRefused as refusal:
            form.add_error(None, str(refusal))
        except EvidenceRefused as refusal:
            form.add_error("files", str(refusal))
        else:
            messages.success(request, _("The Board has received your appeal. You can follow it here."))
            return redirect(declaration)
    page = queries.appeal_page(declaration, on=clock.board_day(at))
    if not page.refusal:
        form.ask_for_files_again()
    context = {"page": page, "form": form}
    return render(request, "declarations/appeal.html", context, status=422 if form.errors else 200)


@takes_files
@require_POST
@permission_required(Permission.DECLARE)
def replace_document(request: HttpRequest, uuid: UUID, document: UUID) -> HttpResponse:
    """Replace a document of the appeal that can't be opened by a readable copy."""
    declaration = _own(request, uuid)
    found = get_object_or_404(AppealDocument, appeal__declaration=declaration, evidence__uuid=document)
    form = ReplaceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = form.cleaned_data["file"]
            actions.replace_document(document=found, upload=upload, by=user_of(request), at=clock.now())
            messages.success(request, _("Your copy has replaced it. The Board will find it with your letter."))
            return redirect(found)
        except (actions.MoveRefused, EvidenceRefused) as refusal:
            messages.error(request, str(refusal))
    for error in form.errors.get("file", []):
        messages.error(request, str(error))
    # Without an anchor to the document: the error message is at the top of the page.
    return redirect(declaration)


@require_POST
@permission_required(Permission.DECLARE)
def reply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer a note of the Board."""
    declaration = _own(request, uuid)
    return take_answer(request, partial(actions.reply, declaration=declaration), page=declaration.get_absolute_url())


def _own(request: HttpRequest, uuid: UUID) -> Declaration:
    return own_or_404(request, queries.declarations_visible_to, uuid=uuid)
