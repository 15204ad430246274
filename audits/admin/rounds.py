from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import user_of
from audits import actions, queries
from audits.forms import RoundForm
from audits.models import Round
from audits.rules import percent
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin

View = Callable[..., HttpResponseBase]
# Largest population drawn in a request, which must take only seconds; larger rounds are drawn by the command.
MOST = 50_000


class StageFilter(admin.SimpleListFilter):
    """Filter rounds by whether they have been drawn."""

    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("to_draw", _("To draw")), ("drawn", _("Drawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Round]) -> QuerySet[Round]:
        if self.value() == "to_draw":
            return queryset.filter(pk__in=queries.rounds_to_draw(at=clock.now()).values("pk"))
        return queryset.exclude(drawn_at=None) if self.value() == "drawn" else queryset


@admin.register(Round)
class RoundAdmin(PermissionAdmin):
    """Open and draw rounds, each after a confirmation page with the expected sample; neither can be undone."""

    see = keep = Permission.AUDIT
    list_display = ["__str__", "opened_at", "cutoff_at", "is_rolling", "usual_rate", "drawn_at"]
    list_filter = [StageFilter]
    ordering = ["-opened_at", "-id"]

    @admin.display(description=gettext_lazy("Usual rate"), ordering="rate")
    def usual_rate(self, round: Round) -> str:
        return percent(round.rate)

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("<int:pk>/draw/", self.draw, "draw"),
            self._path("<int:pk>/report/", require_GET(self.report), "report"),
            self._path("<int:pk>/report.<str:form>", require_GET(self.report_file), "report_file"),
            *super().get_urls(),
        ]

    def _path(self, route: str, view: View, name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"audits_round_{name}")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the rates, show what would be drawn now, and open the round once confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RoundForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, "open", _("Open a round"), form=form)
        rates, at = form.rates, clock.now()
        cutoff, is_rolling = form.cleaned_data["cutoff"], form.cleaned_data["is_rolling"]
        asked = {"rates": rates, "cutoff": cutoff, "at": at, "is_rolling": is_rolling}
        try:
            if "confirmed" in request.POST:
                return self._opened(request, actions.open_round(**asked, by=user_of(request)))
            actions.check(**asked)
        except actions.RoundRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, "open", _("Open a round"), form=form)
        sizes = queries.size_lines(queries.sizes(rates=rates, cutoff=cutoff))
        return self._page(request, "confirm", _("Open this round?"), form=form, sizes=sizes)

    def _opened(self, request: HttpRequest, round: Round) -> HttpResponse:
        messages.success(request, _("%(round)s is open. Its digest has been published.") % {"round": round})
        return redirect(self.keep_filters(request, self._address("change", round)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The round: what is published about it, and the actions available."""
        round = self._seen(request, number(object_id) or 0)
        page, draw_url = queries.round_page(round), "" if _objection(round) else self._address("draw", round)
        report_url = self._address("report", round) if queries.has_report(round) else ""
        return self._page(
            request, "round", page.title, page=page, round=round, draw_url=draw_url, report_url=report_url
        )

    def draw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what would be drawn, and draw once confirmed."""
        round = self._seen(request, pk)
        sizes = queries.sizes(rates=queries.rates_of(round), cutoff=round.cutoff_at) if round.drawn_at is None else []
        is_large = sum(one.population for one in sizes) > MOST
        if request.method != "POST" or is_large:
            lines, title = queries.size_lines(sizes), _("Draw round %(number)s?") % {"number": round.pk}
            values = {"sizes": lines, "is_large": is_large, "objection": _objection(round)}
            return self._page(request, "draw", title, round=round, **values)
        try:
            actions.draw(round=round, at=clock.now(), by=user_of(request))
            messages.success(request, _("%(round)s has been drawn. Its seed has been published.") % {"round": round})
        except actions.RoundRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self.keep_filters(request, self._address("change", round)))

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The report on a round; back to the round if there is none yet."""
        round = self._seen(request, pk)
        if not queries.has_report(round):
            return self._without_report(request, round)
        page = queries.report_page(round)
        return self._page(request, "report", page.title, page=page)

    def report_file(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        """The report as a CSV or PDF download."""
        if form not in {"csv", "pdf"}:
            raise Http404
        round = self._seen(request, pk)
        if not queries.has_report(round):
            return self._without_report(request, round)
        report, answer = queries.report_of(round), HttpResponse(content_type="application/pdf")
        if form == "csv":
            answer = StreamingHttpResponse(queries.report_csv(report), content_type="text/csv; charset=utf-8")  # type: ignore[assignment]
        else:
            answer.content = queries.report_pdf(report, on=clock.today())
        answer["Content-Disposition"] = f'attachment; filename="audit-round-{pk}.{form}"'
        return answer

    def _without_report(self, request: HttpRequest, round: Round) -> HttpResponse:
        """Back to the round, with why there is no report."""
        words = _("%(round)s has not been drawn, so there is nothing to report. Its cut-off is %(cutoff)s.")
        messages.error(request, words % {"round": round, "cutoff": queries.moment_words(round.cutoff_at)})
        return redirect(self.keep_filters(request, self._address("change", round)))

    def _seen(self, request: HttpRequest, pk: int) -> Round:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Round, pk=pk)

    def _address(self, page: str, round: Round) -> str:
        return reverse(f"admin:audits_round_{page}", args=[round.pk])

    def _page(self, request: HttpRequest, template: str, title: str, **values: Any) -> HttpResponse:
        return self.render_page(request, f"admin/audits/round/{template}.html", title=title, **values)


def _objection(round: Round) -> str:
    """Why the round can't be drawn now; empty if it can."""
    if round.drawn_at is not None:
        return _("%(round)s has been drawn. Its seed has been published.") % {"round": round}
    return "" if round.cutoff_at < clock.now() else _("A round can't be drawn until its cut-off has passed.")
