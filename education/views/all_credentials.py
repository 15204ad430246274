from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.formatting import points_text
from education import actions, queries
from education.forms import wanted_shares
from education.models import Credit


@require_GET
@permission_required(Permission.ALLOCATE)
def everywhere(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One credit across all credentials it may count in."""
    page = queries.everywhere_page(_own_credit(request, uuid), on=clock.today())
    return render(request, "education/everywhere.html", {"page": page})


@require_POST
@permission_required(Permission.ALLOCATE)
def apply_everywhere(request: HttpRequest, uuid: UUID) -> HttpResponse:
    credit, wanted = _own_credit(request, uuid), wanted_shares(request.POST)
    if not wanted:
        no_number = _("Choose an area for each credential and enter the points as a number, such as 1.5.")
        messages.error(request, no_number if wanted is None else _("Select the credentials in which it should count."))
        return redirect("education:everywhere", uuid=credit.uuid)
    results = actions.allocate_everywhere(credit=credit, wanted=wanted, by=user_of(request), at=clock.now())
    for result in results:
        words = {"credential": result.credential, "area": result.area, "points": points_text(result.points)}
        if result.refusal:
            messages.error(request, _("%(credential)s: ") % words + result.refusal)
        else:
            messages.success(request, _("%(credential)s: %(points)s in %(area)s.") % words)
    return redirect("education:everywhere", uuid=credit.uuid)


def _own_credit(request: HttpRequest, uuid: UUID) -> Credit:
    return own_or_404(request, queries.credits_visible_to, uuid=uuid)
