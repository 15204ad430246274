"""What the Board has on file, and requests to change it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, queries
from accounts.enums import Permission
from accounts.forms import CHANGE_FORMS, ChangeForm
from accounts.permissions import holder_of, own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.downloads import attached
from cmp_portal.lib.uploads import UploadRefused


@require_GET
@permission_required(Permission.OWN_RECORD)
def record(request: HttpRequest) -> HttpResponse:
    """What the Board has on file, and the holder's change requests."""
    return render(request, "accounts/record.html", {"page": queries.record_page(holder_of(request))})


@takes_files
@require_http_methods(["GET", "POST"])
@permission_required(Permission.OWN_RECORD)
def change(request: HttpRequest, kind: str) -> HttpResponse:
    """Request a change of name or of the address on file."""
    if kind not in CHANGE_FORMS:
        raise Http404
    if request.method == "GET" and queries.open_change(holder_of(request), kind):
        messages.info(request, actions.ONE_AT_A_TIME)
        return redirect("accounts:record")
    sent = request.POST if request.method == "POST" else None
    form = CHANGE_FORMS[kind](holder_of(request), sent, request.FILES or None)
    if form.is_valid() and _asked(request, form):
        return redirect("accounts:record")
    form.ask_for_files_again()
    return render(request, "accounts/change.html", {"form": form}, status=422 if form.errors else 200)


def _asked(request: HttpRequest, form: ChangeForm) -> bool:
    user, wanted = user_of(request), form.wanted()
    try:
        actions.ask(holder=form.holder, wanted=wanted, uploads=form.uploads, by=user, at=clock.now())
    except (actions.ChangeRefused, UploadRefused) as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Sent to the Board. Its answer will appear here and in your alerts."))
    return True


@require_POST
@permission_required(Permission.OWN_RECORD)
def withdraw_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    asked = own_or_404(request, queries.changes_visible_to, uuid=uuid)
    try:
        actions.withdraw_change(change=asked, by=user_of(request), at=clock.now())
        messages.success(request, _("You withdrew your request."))
    except actions.ChangeRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:record")


@require_GET
def change_document(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A document of a request, for its holder and the Board; always as a download."""
    document = get_object_or_404(queries.released(queries.documents_visible_to(user_of(request))), uuid=uuid)
    return attached(request, document.file, filename=document.name, content_type=document.media_type)
