"""The alerts of a holder, and dismissing them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts import actions, queries
from accounts.enums import Permission
from accounts.models import Alert
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.keyset import MomentCursor


@require_GET
@permission_required(Permission.OWN_RECORD)
def alerts(request: HttpRequest) -> HttpResponse:
    """All alerts that the holder ever received."""
    page = queries.alerts_page(user_of(request), cursor=MomentCursor.read(request.GET.get("at", "")))
    return render(request, "accounts/alerts.html", {"page": page})


@require_POST
@permission_required(Permission.OWN_RECORD)
def dismiss_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = _own_alert(request, pk)
    actions.dismiss(alert=alert, by=user_of(request), at=clock.now(), with_alike="alike" in request.GET)
    return redirect(_back(request))


@require_POST
@permission_required(Permission.OWN_RECORD)
def dismiss_all(request: HttpRequest) -> HttpResponse:
    """Dismiss alerts up to the newest one on the page: later ones have not been seen."""
    if until := number(request.POST.get("until")):
        actions.dismiss_all(by=user_of(request), at=clock.now(), until=until)
    return redirect("accounts:alerts")


@require_POST
@permission_required(Permission.OWN_RECORD)
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    actions.mark_read(alert=_own_alert(request, pk), by=user_of(request), at=clock.now())
    return redirect(_back(request))


@require_POST
@permission_required(Permission.OWN_RECORD)
def mark_unread(request: HttpRequest, pk: int) -> HttpResponse:
    actions.mark_unread(alert=_own_alert(request, pk), by=user_of(request))
    return redirect(_back(request))


def _own_alert(request: HttpRequest, pk: int) -> Alert:
    return get_object_or_404(queries.alerts_visible_to(user_of(request)), pk=pk)


def _back(request: HttpRequest) -> str:
    """The alerts page if the user came from there, else the alerts on My Account."""
    came_from = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts=None)
    is_alerts = is_ours and came_from.partition("?")[0] == reverse("accounts:alerts")
    return came_from if is_alerts else f"{reverse('account:dashboard')}#alerts"
