from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from credentials.models import Cycle
from credentials.queries import cycles_visible_to
from declarations import queries


@require_GET
@permission_required(Permission.OWN_RECORD)
def transcripts(request: HttpRequest) -> HttpResponse:
    """All cycles, each with its transcript."""
    cycles = queries.transcripts_page(user_of(request), on=clock.today())
    return render(request, "declarations/transcripts.html", {"cycles": cycles})


@require_GET
def transcript(request: HttpRequest, cycle: int) -> HttpResponse:
    """The transcript as a page to view and print, for its holder and the Board."""
    on, row = clock.today(), _visible_cycle(request, cycle)
    page = queries.transcript_page(queries.transcript_of(row, on=on))
    context = {"page": page, "marks": queries.marks_in(row, on=on)}
    return render(request, "declarations/transcript.html", context)


@require_GET
def transcript_file(request: HttpRequest, cycle: int, form: str) -> HttpResponseBase:
    """The transcript as a download; streamed, except for the PDF."""
    if form not in ANSWERS:
        raise Http404
    found = _visible(request, cycle)
    answer = ANSWERS[form](found)
    answer["Content-Disposition"] = f'attachment; filename="{queries.file_name(found, form)}"'
    return answer


ANSWERS: dict[str, Callable[[queries.Transcript], HttpResponseBase]] = {
    "pdf": lambda found: HttpResponse(queries.as_pdf(found), content_type="application/pdf"),
    "csv": lambda found: StreamingHttpResponse(queries.as_csv(found), content_type="text/csv; charset=utf-8"),
    "json": lambda found: StreamingHttpResponse(queries.as_json(found), content_type="application/json"),
}


def _visible(request: HttpRequest, cycle: int) -> queries.Transcript:
    return queries.transcript_of(_visible_cycle(request, cycle), on=clock.today())


def _visible_cycle(request: HttpRequest, cycle: int) -> Cycle:
    return get_object_or_404(cycles_visible_to(user_of(request)).select_related("holder"), pk=cycle)
