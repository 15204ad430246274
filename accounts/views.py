from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import actions, queries
from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock


@require_POST
@permission_required(Permission.OWN_RECORD)
def dismiss_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(queries.alerts_visible_to(user_of(request)), pk=pk)
    actions.dismiss(alert=alert, by=user_of(request), at=clock.now())
    return redirect("account:dashboard")
