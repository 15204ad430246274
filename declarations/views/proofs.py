"""Proofs of renewal for their holder."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from declarations import actions, queries
from declarations.enums import Paper


@require_GET
@permission_required(Permission.OWN_RECORD)
def proofs(request: HttpRequest) -> HttpResponse:
    """All renewals, each with its letter and certificate."""
    return render(request, "declarations/proofs.html", {"page": queries.proofs_page(user_of(request))})


@require_GET
@permission_required(Permission.OWN_RECORD)
def paper(request: HttpRequest, uuid: UUID, paper: str) -> HttpResponse:
    """The letter or certificate as PDF, identical each time."""
    if paper not in Paper:
        raise Http404
    proof, wanted = get_object_or_404(queries.proofs_of(user_of(request)), uuid=uuid), Paper(paper)
    if not queries.is_readable(proof):
        raise Http404
    answer = HttpResponse(actions.hand_out(proof=proof, paper=wanted, at=clock.now()), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{queries.paper_name(proof, wanted)}"'
    return answer
