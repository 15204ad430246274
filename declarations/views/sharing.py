"""What a holder shows to others, and the page they see."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.permissions import holder_of, permission_required, user_of
from cmp_portal.lib import clock
from declarations import actions, queries
from declarations.forms import ShareForm
from declarations.views.verification import public


@require_http_methods(["GET", "POST"])
@permission_required(Permission.OWN_RECORD)
def sharing(request: HttpRequest) -> HttpResponse:
    """Public visibility and share links; a new link's URL is shown only once, since only its digest is stored."""
    user, at, made = user_of(request), clock.now(), ""
    form = ShareForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in ("credential", "shows", "days", "note", "secret")}
        try:
            actions.share(holder=holder_of(request), **wanted, at=at)
            made, form = queries.link_url(wanted["secret"]), ShareForm(user)
        except actions.ShareRefused as refusal:
            form.add_error(None, str(refusal))
            form.take_new_secret()
    context = {"form": form, "made": made, "page": queries.sharing_page(user, at=at)}
    return render(request, "declarations/sharing.html", context, status=422 if form.errors else 200)


@require_POST
@permission_required(Permission.OWN_RECORD)
def revoke_link(request: HttpRequest, uuid: UUID) -> HttpResponse:
    link = get_object_or_404(queries.links_of(user_of(request)), uuid=uuid)
    actions.revoke_link(link=link, at=clock.now())
    messages.success(request, _("Revoked. Anyone who has the link no longer finds anything there."))
    return redirect("declarations:sharing")


@require_POST
@permission_required(Permission.OWN_RECORD)
def hide(request: HttpRequest) -> HttpResponse:
    actions.hide(holder=holder_of(request), at=clock.now())
    messages.success(request, _("From now on, nothing about you is shown to the public. Your own links still work."))
    return redirect("declarations:sharing")


@require_POST
@permission_required(Permission.OWN_RECORD)
def show(request: HttpRequest) -> HttpResponse:
    actions.show(holder=holder_of(request))
    messages.success(request, _("The public can again check whether your credentials are valid."))
    return redirect("declarations:sharing")


@public
@require_GET
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """What the holder has agreed to show; 404 for a link that is unknown, expired or revoked."""
    at = clock.now()
    link = queries.link_by(secret, at=at)
    if link is None:
        return render(request, "declarations/not_shared.html", status=404)
    return render(request, "declarations/shared.html", {"page": queries.shared_page(link, at=at)})
