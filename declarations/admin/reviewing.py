"""A reviewer's actions on one declaration or on many, each with its own URL; changes are made by POST only."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin, filters_of, with_filters
from cmp_portal.lib.deciding import attempt
from cmp_portal.lib.fields import typed
from cmp_portal.lib.numbered_pages import back_to_row
from credentials.models import Area
from declarations import actions, queries
from declarations.enums import Move, Ruled
from declarations.models import Declaration
from declarations.permissions import may_ever_move, may_note
from education.models import Credit

View = Callable[..., HttpResponseBase]
# The most declarations approved at once; a page of the list has no more.
MANY = 100
_try = partial(attempt, refusal=actions.MoveRefused)


class Reviewing(PermissionAdmin):
    """Adds the URLs of the review to those of the admin."""

    def get_urls(self) -> list[URLPattern]:
        posts: dict[str, View] = {
            "<int:pk>/rule/<uuid:credit>/": rule,
            "<int:pk>/claim/": claim,
            "<int:pk>/release/": release,
            "<int:pk>/take-over/": take_over,
            "<int:pk>/note/": note,
            "approve-unflagged/": approve_unflagged,
        }
        gets: dict[str, View] = {"<int:pk>/next/": next_one, "figures/": self.figures}
        own = [
            *(self._path(route, require_POST(view)) for route, view in posts.items()),
            *(self._path(route, require_GET(view)) for route, view in gets.items()),
        ]
        return [*own, *super().get_urls()]

    def _path(self, route: str, view: View) -> URLPattern:
        name = {"next_one": "next"}.get(view.__name__, view.__name__)
        guarded = self.admin_site.admin_view(view)
        return path(route, guarded, name=f"declarations_declaration_{name}")

    def figures(self, request: HttpRequest) -> HttpResponse:
        """Review statistics: received, decided, and the age of what is waiting."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = queries.figures_page(on=clock.today())
        template = "admin/declarations/declaration/figures.html"
        return self.render_page(request, template, title=_("Review figures"), page=page)


def seen(request: HttpRequest, pk: int) -> Declaration:
    """The declaration, if the user may see it."""
    return get_object_or_404(queries.declarations_visible_to(user_of(request)), pk=pk)


def to_review(request: HttpRequest, pk: int) -> Declaration:
    """The declaration, for those who review it; other readers and its own holder get a 403, whatever its state."""
    request.POST  # noqa: B018 (what can't be read is refused before anything is done)
    declaration = seen(request, pk)
    if not may_ever_move(user_of(request), declaration, Move.APPROVE):
        raise PermissionDenied
    return declaration


def rule(request: HttpRequest, pk: int, credit: UUID) -> HttpResponse:
    """Rule on one credit, and return to its row."""
    declaration = to_review(request, pk)
    row = get_object_or_404(Credit, uuid=credit, holder=declaration.holder_id)
    outcome, code = request.POST.get("outcome", ""), typed(request, "area")[:64]
    if outcome not in Ruled:
        return _back(request, pk)
    area = Area.objects.filter(requirement_set=declaration.requirement_set_id, code=code).first()
    on: dict[str, Any] = {"declaration": declaration, "credit": row, "outcome": Ruled(outcome), "area": area}
    on["seen"] = number(request.POST.get("seen"))
    return _back(request, pk, is_done=_try(request, actions.rule, texts=["reason"], **on))


def claim(request: HttpRequest, pk: int) -> HttpResponse:
    _try(request, actions.claim, declaration=to_review(request, pk))
    return _back(request, pk)


def release(request: HttpRequest, pk: int) -> HttpResponse:
    _try(request, actions.release, declaration=to_review(request, pk))
    return _back(request, pk)


def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    _try(request, actions.take_over, declaration=to_review(request, pk), seen=number(request.POST.get("seen")) or 0)
    return _back(request, pk)


def note(request: HttpRequest, pk: int) -> HttpResponse:
    declaration, is_shared = seen(request, pk), request.POST.get("for") == "holder"
    if not may_note(user_of(request), declaration):
        raise PermissionDenied
    try:
        uuid = UUID(request.POST.get("uuid", ""))
    except ValueError:
        return _back(request, pk)
    if _try(request, actions.write_note, texts=["text"], declaration=declaration, uuid=uuid, is_shared=is_shared):
        told = _("The note was sent to the holder.") if is_shared else _("The note was saved. Only staff can see it.")
        messages.success(request, told)
    return _back(request, pk)


def approve_unflagged(request: HttpRequest) -> HttpResponse:
    """Approve the checked declarations; those left are listed with the reason. Back to the list as filtered."""
    user = user_of(request)
    keys = [key for key in map(number, request.POST.getlist("pk")[:MANY]) if key]
    declarations = queries.declarations_visible_to(user).filter(pk__in=keys).order_by("received_at", "id")
    if not user.may(Permission.REVIEW):
        raise PermissionDenied
    done = actions.approve_unflagged(declarations=declarations, by=user, at=clock.now())
    count = len(done.approved)
    if count:
        words = ngettext("%(count)s declaration was approved.", "%(count)s declarations were approved.", count)
        messages.success(request, words % {"count": count})
    for left in done.left:
        messages.warning(request, _("%(number)s was skipped: %(why)s") % {"number": left.number, "why": left.why})
    if not keys:
        messages.info(request, _("Nothing was selected."))
    return redirect(queries.QueueFilters.read(request.GET.dict()).url())


def next_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the next declaration of the list, as filtered, that is to decide, starting over at its end."""
    user, at, wanted = user_of(request), clock.now(), queries.QueueFilters.read(filters_of(request))
    following = partial(queries.next_waiting, user, wanted=wanted, at=at)
    found = following(after=pk) or following(after=None)
    if found is None or found == pk:
        messages.info(request, _("Nothing else in this list is waiting for you."))
        return redirect(wanted.url())
    return redirect(with_filters(request, reverse("admin:declarations_declaration_change", args=[found])))


def _back(request: HttpRequest, pk: int, *, is_done: bool = True) -> HttpResponse:
    url = back_to_row(request, reverse("admin:declarations_declaration_change", args=[pk]), is_done=is_done)
    return cast(HttpResponse, redirect(with_filters(request, url)))
