from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from education import actions, queries
from education.views.allocation import UNDOABLE, own_cycle


@require_GET
@permission_required(Permission.ALLOCATE)
def suggestion(request: HttpRequest, cycle: int) -> HttpResponse:
    """The best allocation, shown as a difference before it is applied."""
    row = own_cycle(request, cycle)
    if row.shares_frozen_at is not None:
        messages.info(request, _("This cycle has been declared, so its allocation stays as it is."))
        return redirect(queries.progress_url(row))
    page = queries.suggestion_page(row, on=clock.today())
    return render(request, "education/suggestion.html", {"page": page})


@require_POST
@permission_required(Permission.ALLOCATE)
def suggest_apply(request: HttpRequest, cycle: int) -> HttpResponse:
    row = own_cycle(request, cycle)
    digest, spares = request.POST.get("digest", ""), "spares" in request.POST
    user, at = user_of(request), clock.now()
    try:
        count = actions.apply_suggestion(cycle=row, digest=digest, spares=spares, by=user, at=at)
    except actions.AllocationRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("education:suggestion", cycle=row.pk)
    words = ngettext("%(count)s allocation made.", "%(count)s allocations made.", count) % {"count": count}
    messages.success(
        request, words if count else _("Everything suggested is allocated."), extra_tags=UNDOABLE if count else ""
    )
    return redirect(queries.progress_url(row))
