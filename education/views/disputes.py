from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.deciding import refused
from education import actions, queries
from education.forms import DisputeForm


@require_http_methods(["GET", "POST"])
@permission_required(Permission.ALLOCATE)
def dispute(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A holder's disputes of a delivered credit, with the Board's answers."""
    user = user_of(request)
    credit = own_or_404(request, queries.credits_visible_to, uuid=uuid)
    form = DisputeForm(request.POST or None)
    if form.is_valid():
        try:
            actions.dispute(credit=credit, note=form.cleaned_data["note"], by=user, at=clock.now())
            messages.success(request, _("Sent to the Board. Its answer will appear here and in your alerts."))
        except actions.DisputeRefused as refusal:
            refused(request, refusal, form.cleaned_data["note"])
        return redirect("education:dispute", uuid=credit.uuid)
    context = {"form": form, "page": queries.dispute_page(credit)}
    return render(request, "education/dispute.html", context, status=422 if form.errors else 200)
