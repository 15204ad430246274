from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions import note_browser_language
from accounts.permissions import user_of
from cmp_portal.lib import clock
from credentials import actions
from credentials.enums import ClaimState
from credentials.forms import ClaimForm
from credentials.queries import no_claim_words


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Claim a record, with a few attempts; a user who can't claim one is told so before filling in the form."""
    if request.method == "GET" and (refusal := no_claim_words(user_of(request))):
        messages.info(request, refusal)
        return redirect("account:dashboard")
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.claim(said=form.said(), by=user_of(request), at=clock.now())
        except actions.ClaimRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            if made.state != ClaimState.REFUSED:
                note_browser_language(user=made.user, language=get_language_from_request(request))
                _tell(request, made.state)
                return redirect("account:dashboard")
            form.add_error(None, _("No record matches what you entered. Check your certificate and try again."))
    return render(request, "credentials/claim.html", {"form": form}, status=422 if form.errors else 200)


def _tell(request: HttpRequest, state: str) -> None:
    if state == ClaimState.LINKED:
        messages.success(request, _("Your record is linked. These are your credentials."))
    else:
        messages.info(request, _("This record is linked to another account. The Board is looking into it."))
