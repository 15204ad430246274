from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.downloads import attached, sent
from education import actions, queries
from education.forms import EvidenceForm
from education.models import Credit, Evidence

# Content Security Policy of a picture, which is shown on its own: everything else is blocked.
SANDBOX: dict[str, Any] = {"default-src": [NONE], "img-src": [SELF], "frame-ancestors": [NONE], "sandbox": True}


@takes_files
@require_POST
@permission_required(Permission.ALLOCATE)
def evidence_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    credit = own_or_404(request, queries.credits_visible_to, uuid=uuid)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.attach_all(credit=credit, uploads=form.cleaned_data["files"], by=user, at=clock.now())
            messages.success(request, _("Saved with this credit."))
        except actions.EvidenceRefused as refusal:
            messages.error(request, str(refusal))
    for error in form.errors.get("files", []):
        messages.error(request, str(error))
    return redirect("education:credit", uuid=credit.uuid)


@require_GET
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A document, for users who may see its credit; always sent as a download."""
    document = _released(request, uuid)
    return attached(request, document.file, filename=document.name, content_type=document.media_type)


@require_GET
@csp(SANDBOX)  # type: ignore[arg-type]
def evidence_picture(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The re-encoded preview of a picture, to view in the browser."""
    document = _released(request, uuid, has_preview=True)
    return sent(request, document.preview, content_type="image/jpeg")


def _released(request: HttpRequest, uuid: UUID, *, has_preview: bool = False) -> Evidence:
    documents = queries.released(queries.evidence_visible_to(user_of(request)))
    return get_object_or_404(documents.exclude(preview="") if has_preview else documents, uuid=uuid)


@require_POST
@permission_required(Permission.ALLOCATE)
def evidence_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    document = own_or_404(request, queries.evidence_visible_to, uuid=uuid, credit__isnull=False)
    try:
        actions.remove(evidence=document, by=user, at=clock.now())
        messages.success(request, _("Removed."))
    except actions.EvidenceRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:credit", uuid=Credit.objects.get(evidence=document).uuid)
