from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, queries
from accounts.enums import Permission
from accounts.forms import WishesForm
from accounts.models import Alert
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.keyset import MomentCursor

BIGGEST = 2**63 - 1


@require_GET
@permission_required(Permission.OWN_RECORD)
def alerts(request: HttpRequest) -> HttpResponse:
    """All alerts: what the holder was ever told."""
    page = queries.alerts_page(user_of(request), cursor=MomentCursor.read(request.GET.get("at", "")))
    return render(request, "accounts/alerts.html", {"page": page})


@require_POST
@permission_required(Permission.OWN_RECORD)
def dismiss_alert(request: HttpRequest, pk: int) -> HttpResponse:
    actions.dismiss(alert=_own_alert(request, pk), by=user_of(request), at=clock.now())
    return redirect(_back(request))


@require_POST
@permission_required(Permission.OWN_RECORD)
def dismiss_all(request: HttpRequest) -> HttpResponse:
    """Up to the newest alert that was on the page: what came since is not put away unseen."""
    until = request.POST.get("until", "")
    if until.isascii() and until.isdigit():
        actions.dismiss_all(by=user_of(request), at=clock.now(), until=min(int(until), BIGGEST))
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


@require_POST
@permission_required(Permission.OWN_RECORD)
def mail_again(request: HttpRequest) -> HttpResponse:
    actions.mail_again(by=user_of(request))
    messages.success(request, _("From now on, alerts are mailed to your address on file again."))
    return redirect("account:dashboard")


@require_http_methods(["GET", "POST"])
@permission_required(Permission.OWN_RECORD)
def preferences(request: HttpRequest) -> HttpResponse:
    """What is mailed to the holder, when, and in which language and time."""
    user = user_of(request)
    form = WishesForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.keep_wishes(by=user, **form.wishes)
        messages.success(request, _("Your wishes are kept."))
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Switches off the mail of a kind: a mail program asks without a session (RFC 8058), a person with a button."""
    subscription = queries.subscription_by(token)
    if subscription is None:
        raise Http404
    if request.method == "POST":
        actions.unsubscribe(subscription=subscription)
    kind = "" if subscription.is_digest else subscription.kinds[0].label
    page = {"kind": kind, "is_done": request.method == "POST"}
    return render(request, "accounts/unsubscribe.html", page)


def _own_alert(request: HttpRequest, pk: int) -> Alert:
    return get_object_or_404(queries.alerts_visible_to(user_of(request)), pk=pk)


def _back(request: HttpRequest) -> str:
    """The page of alerts somebody came from; My Account where they came from elsewhere."""
    came_from = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts=None)
    is_alerts = is_ours and came_from.partition("?")[0] == reverse("accounts:alerts")
    return came_from if is_alerts else reverse("account:dashboard")
