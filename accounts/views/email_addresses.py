"""The email addresses of an account."""

from allauth.account import views as allauth_views
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import user_of


@require_http_methods(["GET", "POST", "HEAD"])
def email_addresses(request: HttpRequest) -> HttpResponseBase:
    """allauth's page for the addresses of an account; concurrent changes are serialized by a row lock."""
    if request.method != "POST":
        return allauth_views.email(request)
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user_of(request).pk)
            answer = allauth_views.email(request)
    except IntegrityError:
        messages.error(request, _("This address can't be used right now. Nothing was changed."))
        return redirect("account_email")
    if "action_send" in request.POST and not len(messages.get_messages(request)):
        # allauth sends no second link within minutes, and says nothing.
        messages.info(request, _("We sent a link a few minutes ago. Look for it in your spam folder, too."))
    return answer
