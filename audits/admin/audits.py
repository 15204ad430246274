"""The auditors' queue, and the page on which an audit is conducted; each action has its own URL, by POST."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from audits import actions, queries
from audits.admin.requesting import Requesting
from audits.enums import AuditMove, Verdict
from audits.models import Audit
from audits.permissions import may_ever_audit, may_find, moves_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import pager_with_filters, with_filters
from cmp_portal.lib.deciding import attempt, refused
from cmp_portal.lib.fields import typed
from cmp_portal.lib.keyset import Cursor
from cmp_portal.lib.numbered_pages import back_to_row, page_asked_for
from declarations.actions import write_note
from declarations.models import Declaration
from declarations.permissions import may_note
from education.models import Credit

_try = partial(attempt, refusal=actions.MoveRefused)
DECISIONS: dict[str, tuple[Callable[..., object], Any]] = {
    AuditMove.REQUEST: (
        actions.request_documents,
        gettext_lazy("Documents were requested from the holder of %(number)s."),
    ),
    AuditMove.BEGIN: (actions.begin, gettext_lazy("The review of the documents for %(number)s has started.")),
    AuditMove.ASK_MORE: (
        actions.ask_more,
        gettext_lazy("More documents were requested from the holder of %(number)s."),
    ),
    AuditMove.PASS: (actions.pass_audit, gettext_lazy("Declaration %(number)s has passed its audit.")),
    AuditMove.PROPOSE: (
        actions.propose_failing,
        gettext_lazy("A second auditor now decides whether declaration %(number)s fails its audit."),
    ),
    AuditMove.FAIL: (actions.fail, gettext_lazy("Declaration %(number)s has failed its audit and was denied.")),
}

# Decisions based on what the holder has brought; the other moves only begin or request something.
OF_WHAT_WAS_BROUGHT = {AuditMove.ASK_MORE, AuditMove.PASS, AuditMove.PROPOSE, AuditMove.FAIL}


@admin.register(Audit)
class AuditAdmin(Requesting):
    see = Permission.AUDIT

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The queue by due date, with keyset pagination."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = queries.queue_page(
            user_of(request),
            state=request.GET.get("state", ""),
            mine="mine" in request.GET,
            may="may" in request.GET,
            cursor=Cursor.read(request.GET.get("at", "")),
            at=clock.now(),
            ticked="ticked" in request.GET,
        )
        return self.render_page(request, "admin/audits/audit/queue.html", title=_("Audits"), page=page)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything needed to decide, with buttons for the moves that are allowed."""
        user = user_of(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        audits = queries.audits_visible_to(user).prefetch_related("steps__by")
        audit = get_object_or_404(audits, pk=number(object_id) or 0)
        moves = moves_of(user, audit)
        # Users without any allowed move may still look, for example at their own audit or a colleague's.
        note = bool(moves) and may_note(user, audit.declaration)
        reader = queries.AuditReader(user, moves, may_find(user, audit), note)
        page = queries.auditor_page(audit, reader=reader, page=page_asked_for(request))
        return self.render_page(
            request,
            "admin/audits/audit/audit.html",
            title=page.title,
            page=replace(page, pager=pager_with_filters(request, page.pager)),
            record_url=record_url(audit.holder_id),
        )

    def get_urls(self) -> list[URLPattern]:
        posts: dict[str, Callable[..., HttpResponseBase]] = {
            "select/": select,
            "<int:pk>/decide/<str:move>/": decide,
            "<int:pk>/find/<uuid:credit>/": find,
            "<int:pk>/extend/": extend,
            "<int:pk>/note/": note,
        }
        own = [self._path(route, view) for route, view in posts.items()]
        return [*own, *super().get_urls()]

    def _path(self, route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        guarded = self.admin_site.admin_view(require_POST(view))
        return path(route, guarded, name=f"audits_audit_{view.__name__}")


def seen(request: HttpRequest, pk: int) -> Audit:
    """The audit, for auditors; PermissionDenied for other readers and its own holder, whatever its state."""
    request.POST  # noqa: B018 (what can't be read is refused before anything is done)
    user = user_of(request)
    if not user.may(Permission.AUDIT):
        raise PermissionDenied
    audit = get_object_or_404(queries.audits_visible_to(user), pk=pk)
    if not may_ever_audit(user, audit):
        raise PermissionDenied
    return audit


def select(request: HttpRequest) -> HttpResponse:
    """Put a declaration under audit, by its number."""
    user = user_of(request)
    if not user.may(Permission.AUDIT):
        raise PermissionDenied
    wanted = typed(request, "number").strip().upper()[:20]
    declaration = Declaration.objects.filter(number=wanted).exclude(number=None).first()
    if declaration is None:
        messages.error(request, _("No declaration has this number."))
        return redirect("admin:audits_audit_changelist")
    try:
        audit = actions.select(declaration=declaration, by=user, at=clock.now())
    except actions.MoveRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:audits_audit_changelist")
    return redirect("admin:audits_audit_change", audit.pk)


def decide(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    audit = seen(request, pk)
    if move == AuditMove.TAKE:
        _try(request, actions.take, audit=audit, seen=number(request.GET.get("seen")))
    elif move in DECISIONS:
        action, done = DECISIONS[move]
        on: dict[str, Any] = {"audit": audit}
        if move in OF_WHAT_WAS_BROUGHT:
            on["seen"] = number(request.POST.get("seen"))
        if _try(request, action, texts=["note"], **on):
            messages.success(request, done % {"number": audit.declaration.number})
    return _back(request, pk)


def find(request: HttpRequest, pk: int, credit: UUID) -> HttpResponse:
    """Record a finding on one credit; back to its row, where the new standing shows."""
    audit, verdict = seen(request, pk), request.POST.get("verdict", "")
    row = get_object_or_404(Credit, uuid=credit, holder=audit.holder_id)
    if verdict not in Verdict:
        return _back(request, pk)
    on: dict[str, Any] = {"audit": audit, "credit": row, "verdict": Verdict(verdict)}
    on["seen"] = number(request.POST.get("seen"))
    return _back(request, pk, is_done=_try(request, actions.find, texts=["reason"], **on))


def extend(request: HttpRequest, pk: int) -> HttpResponse:
    audit = seen(request, pk)
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        refused(request, _("Choose a day."), typed(request, "note"))
        return _back(request, pk)
    _try(request, actions.extend, texts=["note"], audit=audit, until=until)
    return _back(request, pk)


def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note on the declaration, to staff only or also to the holder."""
    audit, is_shared = seen(request, pk), request.POST.get("for") == "holder"
    try:
        uuid = UUID(request.POST.get("uuid", ""))
    except ValueError:
        return _back(request, pk)
    on: dict[str, Any] = {"uuid": uuid, "is_shared": is_shared, "link": audit.get_absolute_url()}
    if _try(request, write_note, texts=["text"], declaration=audit.declaration, **on):
        told = _("The note was sent to the holder.") if is_shared else _("The note was saved. Only staff can see it.")
        messages.success(request, told)
    return _back(request, pk)


def _back(request: HttpRequest, pk: int, *, is_done: bool = True) -> HttpResponse:
    url = back_to_row(request, reverse("admin:audits_audit_change", args=[pk]), is_done=is_done)
    return cast(HttpResponse, redirect(with_filters(request, url)))
