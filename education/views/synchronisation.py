from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import holder_of, own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from education import actions, queries


@require_GET
@permission_required(Permission.ALLOCATE)
def synchronisation(request: HttpRequest) -> HttpResponse:
    """What aligning all cycles to the earliest end would change, and the state of the request."""
    page = queries.synchronisation_page(user_of(request), on=clock.today())
    return render(request, "education/synchronisation.html", {"page": page})


@require_POST
@permission_required(Permission.ALLOCATE)
def synchronise(request: HttpRequest) -> HttpResponse:
    try:
        actions.request_synchronisation(holder=holder_of(request), by=user_of(request), at=clock.now())
        messages.success(request, _("Request sent. The Board will answer; until then, nothing changes."))
    except actions.SynchronisationRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:synchronisation")


@require_POST
@permission_required(Permission.ALLOCATE)
def synchronisation_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    asked = own_or_404(request, queries.requests_visible_to, uuid=uuid)
    try:
        actions.withdraw_request(request=asked, by=user_of(request), at=clock.now())
        messages.success(request, _("Request withdrawn. Your cycles stay as they are."))
    except actions.SynchronisationRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("education:synchronisation")
