"""The holder's pages of an audit: what is requested, and the responses."""

from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from audits import actions, queries
from audits.forms import AnswerForm, HandInForm, ReplaceForm
from audits.models import Audit
from audits.permissions import may_amend, may_answer
from cmp_portal.lib import clock
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.deciding import refused
from cmp_portal.lib.numbered_pages import back_to_row, page_asked_for
from declarations.enums import Move
from declarations.permissions import may_move
from declarations.queries import appeal_refusal, current_attestation, marks_in
from declarations.views.notes import take_answer
from education.actions import EvidenceRefused, attach_all
from education.forms import EvidenceForm
from education.models import Credit

# Also shown if there was no earlier reason.
NO_REASON = gettext_lazy("You have given no reason, so the Board expects a document.")


@require_GET
@permission_required(Permission.OWN_RECORD)
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _own(request, uuid))


def _page(request: HttpRequest, audit: Audit, form: HandInForm | None = None) -> HttpResponse:
    user, on, declaration = user_of(request), clock.today(), audit.declaration
    may_appeal = may_move(user, declaration, Move.APPEAL) and not appeal_refusal(declaration, on=on)
    page = queries.audit_page(
        audit,
        may_answer=may_answer(user, audit),
        may_amend=may_amend(user, audit),
        may_appeal=may_appeal,
        page=page_asked_for(request),
    )
    form = form or HandInForm(has_gaps=page.gaps is not None)
    context = {"page": page, "form": form, "marks": marks_in(declaration.cycle, on=on)}
    return render(request, "audits/audit.html", context, status=422 if form.errors else 200)


@takes_files
@require_POST
@permission_required(Permission.DECLARE)
def evidence(request: HttpRequest, uuid: UUID, credit: UUID) -> HttpResponse:
    """Upload documents for one credit while the audit is open."""
    audit, user = _own(request, uuid), user_of(request)
    row, form, is_done = _credit(audit, credit), EvidenceForm(request.POST, request.FILES), False
    if not may_answer(user, audit):
        messages.error(request, _("This audit has been decided. Nothing more can be added."))
    elif form.is_valid():
        try:
            attach_all(credit=row, uploads=form.cleaned_data["files"], by=user, at=clock.now())
            messages.success(request, _("Saved with “%(title)s”.") % {"title": row.title})
            is_done = True
        except EvidenceRefused as refusal:
            _say_of(request, row, refusal)
    for error in form.errors.get("files", []):
        _say_of(request, row, error)
    return _back(request, audit, is_done=is_done)


@require_POST
@permission_required(Permission.DECLARE)
def not_available(request: HttpRequest, uuid: UUID, credit: UUID) -> HttpResponse:
    audit, form = _own(request, uuid), AnswerForm(request.POST)
    row, is_done = _credit(audit, credit), False
    if form.is_valid():
        said = form.cleaned_data["reason"]
        try:
            actions.say_not_available(audit=audit, credit=row, reason=said, by=user_of(request), at=clock.now())
            messages.success(request, _("The Board can see what you wrote.") if said else NO_REASON)
            is_done = True
        except actions.MoveRefused as refusal:
            refused(request, refusal, said)
    for errors in form.errors.values():
        _say_of(request, row, " ".join(map(str, errors)))
    return _back(request, audit, is_done=is_done)


@require_POST
@permission_required(Permission.DECLARE)
def hand_in(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand in; credits without a response are listed first, and left out only after confirmation."""
    audit = _own(request, uuid)
    form = HandInForm(request.POST, has_gaps=queries.gaps_of(audit) is not None)
    if not form.is_valid():
        return _page(request, audit, form)
    note = form.cleaned_data["note"]
    try:
        actions.hand_in(audit=audit, by=user_of(request), at=clock.now(), note=note)
        messages.success(request, _("Submitted. The Board will now review your documents."))
    except actions.MoveRefused as refusal:
        refused(request, refusal, note)
    return redirect(audit)


@require_POST
@permission_required(Permission.DECLARE)
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Reply to the Board."""
    audit = _own(request, uuid)
    return take_answer(request, partial(actions.answer, audit=audit), page=audit.get_absolute_url())


@require_http_methods(["GET", "POST"])
@permission_required(Permission.DECLARE)
def replace(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Replace refused credits with others."""
    audit, user, at = _own(request, uuid), user_of(request), clock.now()
    form = ReplaceForm(request.POST if request.method == "POST" else None)
    attestation = current_attestation(on=clock.board_day(at))
    if not may_amend(user, audit) or attestation is None:
        messages.error(request, _("You can replace credits only after the Board has asked for more."))
        return redirect(audit)
    if request.method == "POST" and form.is_valid():
        try:
            shares = actions.shares_of(audit, form.cleaned_data["instead"])
            actions.amend(audit=audit, instead=shares, attestation=attestation, by=user, at=at)
        except actions.MoveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Replaced. What you had declared is kept alongside. Now submit the documents."))
            return redirect(audit)
    context = {"page": queries.replace_page(audit, attestation), "form": form, "chosen": form.chosen}
    return render(request, "audits/replace.html", context, status=422 if form.errors else 200)


def _own(request: HttpRequest, uuid: UUID) -> Audit:
    return own_or_404(request, queries.audits_visible_to, declaration__uuid=uuid)


def _credit(audit: Audit, uuid: UUID) -> Credit:
    return get_object_or_404(Credit, uuid=uuid, holder=audit.holder_id)


def _say_of(request: HttpRequest, credit: Credit, why: object) -> None:
    """Why something was refused, with the credit's title: it is read at the top of the page, far from its form."""
    messages.error(request, _("“%(title)s”: %(reason)s") % {"title": credit.title, "reason": why})


def _back(request: HttpRequest, audit: Audit, *, is_done: bool) -> HttpResponse:
    return cast(HttpResponse, redirect(back_to_row(request, audit.get_absolute_url(), is_done=is_done)))
