"""Go from one audit to the next, and request the documents of many at once."""

from collections.abc import Callable, Iterable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.models import User
from accounts.permissions import permission_required, user_of
from audits import actions, queries
from audits.models import Audit
from audits.rules.moves import due_on
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin, filters_of, with_filters
from cmp_portal.lib.dates import longdate
from declarations.actions.bulk import Left

# Skipped audits named in one message.
NAMED = 10


class Requesting(PermissionAdmin):
    """The part of the auditors' desk that requests documents of many audits, and leads from one audit to the next."""

    def get_urls(self) -> list[URLPattern]:
        auditors = permission_required(Permission.AUDIT)
        return [
            self._own("request-documents/", require_POST(auditors(self.request_many)), "request_many"),
            self._own("<int:pk>/next/", auditors(require_GET(self.next_one)), "next"),
            *super().get_urls(),
        ]

    def _own(self, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"audits_audit_{name}")

    def request_many(self, request: HttpRequest) -> HttpResponse:
        """Show whose documents would be requested, and request them once confirmed; back to the list as filtered."""
        back, user = _list(request), user_of(request)
        audits = _chosen(request, user)
        if not audits:
            messages.info(request, _("Nothing was selected."))
            return redirect(back)
        if "confirmed" in request.POST:
            _tell(request, actions.request_many(audits=audits, by=user, at=clock.now()))
            return redirect(back)
        due = due_on(clock.today(), settings.AUDIT_DOCUMENTS_DAYS)
        return self.render_page(
            request,
            "admin/audits/audit/request.html",
            title=_("Request these documents?"),
            found=actions.requests_in(audits, by=user),
            due=longdate(due) if due else "",
            list_url=back,
        )

    def next_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go to the next audit of the list, as filtered, that waits for this auditor, starting over at its end."""
        user, at = user_of(request), clock.now()
        filters = filters_of(request)
        state, mine, may = queries.known_list(filters.get("state", "")), "mine" in filters, "may" in filters
        following = partial(queries.next_audit, user, state=state, mine=mine, at=at)
        found = following(after=pk) or following(after=None)
        if found is None or found == pk:
            messages.info(request, _("Nothing else in this list is waiting for you."))
            return redirect(queries.queue_url(state, mine=mine, may=may))
        return redirect(with_filters(request, reverse("admin:audits_audit_change", args=[found])))


def _list(request: HttpRequest) -> str:
    """The list with the filters it had."""
    return queries.queue_url(request.GET.get("state", ""), mine="mine" in request.GET, may="may" in request.GET)


def _chosen(request: HttpRequest, user: User) -> list[Audit]:
    """The selected audits in the order of the queue, or the first of all that can be requested."""
    visible = queries.audits_visible_to(user)
    if "all" in request.POST:
        wanted = queries.to_request(user, mine="mine" in request.GET).values_list("pk", flat=True)
        return _in_order(visible, wanted[: queries.MANY])
    return _in_order(visible, filter(None, map(number, request.POST.getlist("pk")[: queries.MANY])))


def _in_order(visible: QuerySet[Audit], keys: Iterable[int]) -> list[Audit]:
    order = {key: place for place, key in enumerate(keys)}
    return sorted(visible.filter(pk__in=order), key=lambda audit: order[audit.pk])


def _tell(request: HttpRequest, done: actions.Requests) -> None:
    """Say how many were asked, and which were skipped, together by reason."""
    if count := len(done.requested):
        words = ngettext(
            "Documents were requested for %(count)s audit.", "Documents were requested for %(count)s audits.", count
        )
        messages.success(request, words % {"count": count})
    for why in dict.fromkeys(left.why for left in done.left):
        messages.warning(request, _skipped([left for left in done.left if left.why == why], why))


def _skipped(left: list[Left], why: str) -> str:
    named = ", ".join(one.number for one in left[:NAMED])
    if (more := len(left) - NAMED) > 0:
        named = _("%(numbers)s and %(count)s more") % {"numbers": named, "count": more}
    return ngettext("%(numbers)s was skipped: %(why)s", "%(numbers)s were skipped: %(why)s", len(left)) % {
        "numbers": named,
        "why": why,
    }
