from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from education import queries
from education.forms import PlannedForm
from education.views.allocation import own_cycle


@require_GET
@permission_required(Permission.OWN_RECORD)
def plan(request: HttpRequest, cycle: int) -> HttpResponse:
    """What is left to earn, and what-if plans; a plan exists only in the page's URL."""
    row, on = own_cycle(request, cycle), clock.today()
    planned = [each for each in map(queries.Planned.read, request.GET.getlist("course")) if each]
    dropped = [pk for pk in map(number, request.GET.getlist("without")) if pk]
    offered = {"on": queries.day_offered(row, on=on)}
    form = PlannedForm(request.GET if "add" in request.GET else None, initial=offered)
    if form.is_bound and form.is_valid():
        planned.append(form.said())
        form = PlannedForm(initial=offered)
    page = queries.plan_page(row, planned=planned, dropped=dropped, on=on)
    return render(request, "education/plan.html", {"page": page, "form": form}, status=422 if form.errors else 200)
