"""What is emailed to a holder, and turning it off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, queries
from accounts.enums import Permission
from accounts.forms import PreferencesForm
from accounts.permissions import permission_required, user_of


@require_POST
@permission_required(Permission.OWN_RECORD)
def mail_again(request: HttpRequest) -> HttpResponse:
    actions.mail_again(by=user_of(request))
    messages.success(request, _("From now on, alerts are emailed to your address on file again."))
    return redirect("account:dashboard")


@require_http_methods(["GET", "POST"])
@permission_required(Permission.OWN_RECORD)
def preferences(request: HttpRequest) -> HttpResponse:
    """What is emailed to the holder, when, and in which language and time zone."""
    user = user_of(request)
    form = PreferencesForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.save_preferences(by=user, **form.preferences)
        # In the language just chosen, like the page that shows the message.
        with queries.in_language_of(user.holder_key):
            messages.success(request, _("Your preferences are saved."))
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn off email of a kind: email clients POST without a session (RFC 8058), people use a button."""
    subscription = queries.subscription_by(token)
    if subscription is None:
        raise Http404
    if request.method == "POST":
        actions.unsubscribe(subscription=subscription)
    kind = "" if subscription.is_digest else subscription.kinds[0].label
    page = {"kind": kind, "is_done": request.method == "POST"}
    return render(request, "accounts/unsubscribe.html", page)
