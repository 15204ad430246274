from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from education import actions, queries
from education.enums import ChangeKind
from education.views.allocation import UNDOABLE, back, own_cycle


@require_GET
@permission_required(Permission.ALLOCATE)
def clearing(request: HttpRequest, cycle: int) -> HttpResponse:
    """The confirmation before a cycle's allocation is cleared."""
    page = queries.clearing_page(own_cycle(request, cycle))
    return render(request, "education/clearing.html", {"page": page})


@require_POST
@permission_required(Permission.ALLOCATE)
def clear(request: HttpRequest, cycle: int) -> HttpResponse:
    row = own_cycle(request, cycle)
    try:
        count = actions.clear(cycle=row, by=user_of(request), at=clock.now())
        words = ngettext("%(count)s allocation released.", "%(count)s allocations released.", count) % {"count": count}
        messages.success(request, words if count else _("Nothing is allocated."), extra_tags=UNDOABLE if count else "")
    except actions.AllocationRefused as refusal:
        messages.error(request, str(refusal))
    return back(request, row)


@require_POST
@permission_required(Permission.ALLOCATE)
def undo(request: HttpRequest, cycle: int) -> HttpResponse:
    row = own_cycle(request, cycle)
    digest = request.POST.get("digest", "")
    try:
        change = actions.undo(cycle=row, digest=digest, by=user_of(request), at=clock.now())
        words = _("Undone: %(what)s.") if change.kind == ChangeKind.UNDONE else _("Redone: %(what)s.")
        messages.success(request, words % {"what": change.what}, extra_tags=UNDOABLE)
        return back(request, row, queries.credit_changed(change))
    except actions.AllocationRefused as refusal:
        messages.error(request, str(refusal))
        return back(request, row)
