import logging
from typing import cast
from uuid import UUID

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from allauth.account.utils import perform_login
from allauth.core.internal import ratelimit
from allauth.usersessions.views import list_usersessions
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, queries, signing_in
from accounts.enums import InvitationState, Permission
from accounts.forms import CHANGE_FORMS, ChangeForm, PreferencesForm
from accounts.models import Alert, Letter, User
from accounts.permissions import holder_of, own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.downloads import attached
from cmp_portal.lib.keyset import MomentCursor
from cmp_portal.lib.openid import NotSignedIn
from cmp_portal.lib.uploads import UploadRefused

logger = logging.getLogger(__name__)


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


def _own_alert(request: HttpRequest, pk: int) -> Alert:
    return get_object_or_404(queries.alerts_visible_to(user_of(request)), pk=pk)


def _back(request: HttpRequest) -> str:
    """The alerts page if the user came from there, else the alerts on My Account."""
    came_from = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts=None)
    is_alerts = is_ours and came_from.partition("?")[0] == reverse("accounts:alerts")
    return came_from if is_alerts else f"{reverse('account:dashboard')}#alerts"


# --- Your record ------------------------------------------------------------------------------------------------------


@require_GET
@permission_required(Permission.OWN_RECORD)
def record(request: HttpRequest) -> HttpResponse:
    """What the Board has on file, and the holder's change requests."""
    return render(request, "accounts/record.html", {"page": queries.record_page(holder_of(request))})


@takes_files
@require_http_methods(["GET", "POST"])
@permission_required(Permission.OWN_RECORD)
def change(request: HttpRequest, kind: str) -> HttpResponse:
    """Request a change of name or of the address on file."""
    if kind not in CHANGE_FORMS:
        raise Http404
    if request.method == "GET" and queries.open_change(holder_of(request), kind):
        messages.info(request, actions.ONE_AT_A_TIME)
        return redirect("accounts:record")
    form = CHANGE_FORMS[kind](holder_of(request), _sent(request), request.FILES or None)
    if form.is_valid() and _asked(request, form):
        return redirect("accounts:record")
    form.ask_for_files_again()
    return render(request, "accounts/change.html", {"form": form}, status=422 if form.errors else 200)


def _sent(request: HttpRequest) -> QueryDict | None:
    """The submitted data, even if empty; None if the page is only viewed."""
    return request.POST if request.method == "POST" else None


def _asked(request: HttpRequest, form: ChangeForm) -> bool:
    user, wanted = user_of(request), form.wanted()
    try:
        actions.ask(holder=form.holder, wanted=wanted, uploads=form.uploads, by=user, at=clock.now())
    except (actions.ChangeRefused, UploadRefused) as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Sent to the Board. Its answer will appear here and in your alerts."))
    return True


@require_POST
@permission_required(Permission.OWN_RECORD)
def withdraw_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    asked = own_or_404(request, queries.changes_visible_to, uuid=uuid)
    try:
        actions.withdraw_change(change=asked, by=user_of(request), at=clock.now())
        messages.success(request, _("You withdrew your request."))
    except actions.ChangeRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:record")


@require_GET
def change_document(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A document of a request, for its holder and the Board; always as a download."""
    document = get_object_or_404(queries.released(queries.documents_visible_to(user_of(request))), uuid=uuid)
    return attached(request, document.file, filename=document.name, content_type=document.media_type)


# --- Invitations ------------------------------------------------------------------------------------------------------


@never_cache
@login_not_required
@sensitive_post_parameters("new_password1", "new_password2")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Accept an invitation: choose a password, or link the record to one's existing account."""
    letter = queries.invitation_of(token)
    if letter is None:
        return _over(request, InvitationState.UNKNOWN, status=404)
    if request.method == "POST" and not ratelimit.consume(request, app="allauth.account", action="signup"):
        return ratelimit.respond_429(request)
    try:
        if isinstance(request.user, User):
            return _linked(request, letter, request.user)
        return _chosen(request, letter)
    except actions.InvitationRefused as refusal:
        return _over(request, refusal.state, status=410)


def _chosen(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form: SetPasswordForm[User] = SetPasswordForm(User(email=letter.email), _sent(request))
    if form.is_valid():
        password = form.cleaned_data["new_password1"]
        user = actions.accept(letter=letter, password=password, at=clock.now())
        messages.success(request, _("Welcome: your record is linked, and these are your credentials."))
        return cast(HttpResponseBase, perform_login(request, user, email=user.email))
    if request.method == "GET":
        _refuse_what_is_over(letter)
    return _page(request, letter, form)


def _linked(request: HttpRequest, letter: Letter, user: User) -> HttpResponseBase:
    if request.method == "POST":
        user = actions.accept_as(letter=letter, by=user, at=clock.now())
        actions.note_browser_language(user=user, language=get_language_from_request(request))
        messages.success(request, _("Your record is linked. These are your credentials."))
        return redirect("account:dashboard")
    _refuse_what_is_over(letter)
    if user.holder_id is not None:
        raise actions.InvitationRefused(InvitationState.OTHER_RECORD)
    return _page(request, letter, None)


def _refuse_what_is_over(letter: Letter) -> None:
    state = queries.state_of(letter, at=clock.now())
    if state != InvitationState.OPEN:
        raise actions.InvitationRefused(state)


def _page(request: HttpRequest, letter: Letter, form: "SetPasswordForm[User] | None") -> HttpResponse:
    context = {"form": form, "name": letter.holder.first_name or letter.holder.name, "email": letter.email}
    return render(request, "accounts/invitation.html", context, status=422 if form and form.errors else 200)


def _over(request: HttpRequest, state: InvitationState, *, status: int) -> HttpResponse:
    page = queries.invitation_over(state, back=request.path)
    return render(request, "accounts/invitation_over.html", {"page": page}, status=status)


# --- Registering ------------------------------------------------------------------------------------------------------


@login_not_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST", "HEAD"])
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """allauth's page to register; no account remains if its email can't be sent, so that the form can be sent again."""
    with transaction.atomic():
        return allauth_views.signup(request)


# --- Email addresses --------------------------------------------------------------------------------------------------


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


# --- Sessions ---------------------------------------------------------------------------------------------------------

_end_all_others = reauthentication_required(list_usersessions)


@require_http_methods(["GET", "POST", "HEAD"])
def sessions(request: HttpRequest) -> HttpResponseBase:
    """allauth's page: everyone may view their sessions; ending all others requires reauthentication."""
    answer = _end_all_others(request) if request.method == "POST" else list_usersessions(request)
    return cast(HttpResponseBase, answer)


@require_POST
@reauthentication_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's own sessions; idempotent."""
    for session in queries.sessions_visible_to(user_of(request)).filter(pk=pk):
        actions.end_session(session=session)
    messages.success(request, _("Session ended. That browser is logged out."))
    return redirect("usersessions_list")


# --- Single sign-on for staff -----------------------------------------------------------------------------------------


@login_not_required
@require_GET
def staff_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the identity provider; by a link, as the CSP restricts form submissions to this site."""
    if not settings.OIDC_ISSUER:
        raise Http404
    if not ratelimit.consume(request, app="allauth.account", action="login", limit_get=True):
        return ratelimit.respond_429(request)
    try:
        return redirect(signing_in.send_to_provider(request))
    except NotSignedIn as problem:
        return _not_signed_in(request, problem)


@login_not_required
@require_GET
def staff_callback(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        claims = signing_in.claims_of(request)
        user = actions.admit_staff(told=signing_in.told_by(claims), at=clock.now())
    except NotSignedIn as problem:
        return _not_signed_in(request, problem)
    except actions.StaffRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("account_login")
    return signing_in.log_in(request, user, claims)


def _not_signed_in(request: HttpRequest, problem: NotSignedIn) -> HttpResponse:
    logger.warning("staff login through the provider failed: %s", problem)
    messages.error(request, _("%(name)s could not log you in. Please try again.") % {"name": settings.OIDC_NAME})
    return redirect("account_login")
