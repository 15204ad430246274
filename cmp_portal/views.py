import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.defaults import server_error

from accounts.actions import forget_calendar, make_calendar
from accounts.enums import Permission
from accounts.models import CalendarFeed
from accounts.permissions import holder_of, permission_required, user_of
from cmp_portal import archive as archives
from cmp_portal import export as exports
from cmp_portal import queries
from cmp_portal.calendars import calendar_file, calendar_page
from cmp_portal.glossary import TERMS
from cmp_portal.history import history_page
from cmp_portal.lib import clock, sessions
from cmp_portal.lib.contention import took_too_long
from cmp_portal.lib.mail import MailAway, MailRefused
from cmp_portal.lib.outages import is_away
from cmp_portal.lib.standby import may_be_old
from cmp_portal.lib.versions import versioned
from cmp_portal.operations.metrics import CONTENT_TYPE, exposition, may_read_metrics
from cmp_portal.operations.readiness import readiness
from cmp_portal.privacy.closing import close_account, closing_page
from cmp_portal.privacy.erasing import StillNeeded

View = Callable[[HttpRequest], HttpResponse]


@login_not_required
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The public page Manage My CMP Progress."""
    return render(request, "cmp_portal/guide.html", {"earn_ce_url": settings.EARN_CE_URL})


@login_not_required
@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """The glossary."""
    return render(request, "cmp_portal/glossary.html", {"terms": TERMS.items()})


@require_GET
@versioned(unread={"credentials.Subject", "education.AllocationUndo", "education.CycleStatus"})
def dashboard(request: HttpRequest) -> HttpResponse:
    """My Account."""
    page = queries.dashboard(user_of(request), at=clock.now())
    return render(request, "cmp_portal/dashboard.html", {"page": page})


@require_GET
@permission_required(Permission.OWN_RECORD)
def calendar(request: HttpRequest) -> HttpResponse:
    """The settings page of the holder's calendar, with its URL."""
    return render(request, "cmp_portal/calendar.html", {"page": calendar_page(user_of(request))})


@require_POST
@permission_required(Permission.OWN_RECORD)
def calendar_make(request: HttpRequest) -> HttpResponse:
    old = request.POST.get("instead_of", "")
    make_calendar(holder=holder_of(request), instead_of=old, at=clock.now())
    new = _("This is your new address. Older addresses no longer work.")
    messages.success(request, new if old else _("This is the address of your calendar."))
    return redirect("calendar_settings")


@require_POST
@permission_required(Permission.OWN_RECORD)
def calendar_forget(request: HttpRequest) -> HttpResponse:
    forget_calendar(holder=holder_of(request))
    messages.success(request, _("Your calendar no longer has an address."))
    return redirect("calendar_settings")


@login_not_required
@require_GET
def calendar_feed(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The calendar itself; its secret URL is the only credential."""
    feed = get_object_or_404(CalendarFeed.objects.select_related("holder__correspondence"), uuid=uuid)
    answer = HttpResponse(calendar_file(feed, at=clock.now()), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_GET
@permission_required(Permission.OWN_RECORD)
def export(request: HttpRequest) -> HttpResponse:
    """What the holder can download."""
    return render(request, "cmp_portal/export.html")


@require_GET
@permission_required(Permission.OWN_RECORD)
@may_be_old
def export_file(request: HttpRequest) -> StreamingHttpResponse:
    """Everything held about the holder as JSON, streamed."""
    holder, at = holder_of(request), clock.now()
    answer = StreamingHttpResponse(exports.export_file(holder, at=at), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{exports.file_name(at)}"'
    return answer


@require_GET
@permission_required(Permission.OWN_RECORD)
def export_archive(request: HttpRequest) -> HttpResponseBase:
    """The JSON with papers and documents as a ZIP, packed while it is sent; rate limited."""
    limits = {"archive": settings.ARCHIVES_PER_LOGIN}
    if not ratelimit.consume(request, app="export", action="archive", config=limits, limit_get=True):
        return ratelimit.respond_429(request)
    holder, at = holder_of(request), clock.now()
    answer = StreamingHttpResponse(archives.archive_of(holder, at=at), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{archives.archive_name(at)}"'
    return answer


def _may_close(view: View) -> View:
    """Decorator that answers 403 to staff without a record: an administrator closes their accounts."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user = user_of(request)
        if user.roles and not user.may(Permission.OWN_RECORD):
            raise PermissionDenied
        return view(request)

    return guarded


@require_GET
@_may_close
@reauthentication_required
def closing(request: HttpRequest) -> HttpResponse:
    """What closing the account deletes and what stays, shown beforehand."""
    return render(request, "cmp_portal/closing.html", {"page": closing_page(user_of(request))})


@require_POST
@_may_close
@reauthentication_required
def close(request: HttpRequest) -> HttpResponse:
    """Close the account; requires recent reauthentication."""
    user = user_of(request)
    told = _("Your account is closed. The Board keeps your record.") if user.holder else _("Your account is closed.")
    try:
        close_account(user=user, at=clock.now())
    except StillNeeded as refusal:
        messages.error(request, _("Your account can't be closed yet: %(why)s.") % {"why": refusal})
        return redirect("closing")
    logout(request)
    messages.success(request, told)
    return redirect("guide")


@require_http_methods(["GET", "POST"])
def lasting(request: HttpRequest) -> HttpResponse:
    """The session's remaining time as JSON, or the warning's HTML (`?box`); a POST extends the session."""
    if "box" in request.GET:
        return render(request, "_components/lasting.html")
    now = int(clock.now().timestamp())
    if request.method == "POST":
        sessions.note(request.session, now)
    return JsonResponse(asdict(sessions.left(request.session, now)))


@require_GET
@permission_required(Permission.OWN_RECORD)
@may_be_old
def history(request: HttpRequest) -> HttpResponse:
    """Who changed your record."""
    asked = {name: request.GET.get(name, "") for name in ("before", "who")}
    return render(request, "cmp_portal/history.html", {"page": history_page(holder_of(request), **asked)})


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: whether this process can serve, and the state of the jobs."""
    told = readiness(at=clock.now())
    return JsonResponse(told.as_dict(), status=200 if told.is_ready else 503)


@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, only for those allowed by the settings."""
    if not may_read_metrics(request):
        return HttpResponse("not for you\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(exposition(at=clock.now()), content_type=CONTENT_TYPE)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for bad requests; for too many files, one that states the limit.

    Django's own view for this checks the CSRF token, and so reads the very body that could not be read.
    """
    if isinstance(exception, TooManyFilesSent):
        return render(request, "413.html", {"files": settings.DATA_UPLOAD_MAX_NUMBER_FILES}, status=413)
    return render(request, "400.html", status=400)


def went_wrong(request: HttpRequest) -> HttpResponse:
    """The error page; a 503 that asks to come back if something is too busy or unavailable."""
    error = sys.exc_info()[1]
    if isinstance(error, MailRefused):
        return render(request, "mail_refused.html", status=422)
    if took_too_long(error):
        page = "503_slow.html"
    elif is_away(error):
        page = "503_away.html"
    elif isinstance(error, MailAway):
        page = "503_mail.html"
    else:
        return server_error(request)
    answer = render(request, page, status=503)
    answer["Retry-After"] = "60"
    return answer
