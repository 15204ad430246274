from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from education import actions, queries
from education.forms import EvidenceForm


@require_POST
@permission_required(Permission.ALLOCATE)
def evidence_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    credit = get_object_or_404(queries.credits_visible_to(user).filter(holder_id=user.holder_key), uuid=uuid)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        for upload in form.cleaned_data["files"]:
            actions.attach(credit=credit, upload=upload, by=user, at=clock.now())
        messages.success(request, _("Kept with this credit."))
    for error in form.errors.get("files", []):
        messages.error(request, str(error))
    return redirect("education:credit", uuid=credit.uuid)


@require_GET
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A document, to those who may see its credit; always as a download."""
    document = get_object_or_404(queries.evidence_visible_to(user_of(request)), uuid=uuid, removed_at=None)
    return FileResponse(
        document.file.open("rb"), as_attachment=True, filename=document.name, content_type=document.media_type
    )


@require_POST
@permission_required(Permission.ALLOCATE)
def evidence_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    own = queries.evidence_visible_to(user).filter(holder_id=user.holder_key)
    document = get_object_or_404(own.select_related("credit"), uuid=uuid)
    try:
        actions.remove(evidence=document, by=user, at=clock.now())
        messages.success(request, _("Removed."))
    except actions.EvidenceRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:credit", uuid=document.credit.uuid)
