"""Public pages of audit rounds."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from audits import queries
from audits.models import Round
from cmp_portal.lib.standby import may_be_old


@login_not_required
@require_GET
@may_be_old
def rounds(request: HttpRequest) -> HttpResponse:
    """All rounds."""
    return render(request, "audits/rounds.html", {"lines": queries.rounds_page()})


@login_not_required
@require_GET
@may_be_old
def round(request: HttpRequest, pk: int) -> HttpResponse:
    """The commitment of a round and, after the draw, everything needed to repeat it."""
    page = queries.round_page(get_object_or_404(Round, pk=pk))
    return render(request, "audits/round.html", {"page": page})


@login_not_required
@require_GET
@may_be_old
def population(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The population as a streamed CSV; 404 before the draw."""
    found = get_object_or_404(Round, pk=pk)
    if found.drawn_at is None:
        raise Http404
    answer = StreamingHttpResponse(queries.population_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-round-{pk}-population.csv"'
    return answer


@login_not_required
@require_GET
def repeat(request: HttpRequest) -> HttpResponse:
    """The source code of the program that repeats a draw."""
    answer = HttpResponse(queries.script(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="repeat_draw.py"'
    return answer
