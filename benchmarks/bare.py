"""Baseline for pages: bare Django with as many queries and as large a response, for a signed-in user."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from credentials.models import Cycle
from education.models import Credit

ROW = 250  # bytes, approximately


def page(request: HttpRequest) -> HttpResponse:
    """A page with `queries` ORM queries, including two for session and user, and about `bytes` of template output."""
    holder, wanted = request.user.holder_id, int(request.GET["queries"])
    rows = [row for _query in range((wanted - 2) // 2) for row in Credit.objects.filter(holder=holder)[:10]]
    rows += list(Cycle.objects.filter(holder=holder)[:1])
    for _query in range(wanted - 3 - (wanted - 2) // 2):
        list(Cycle.objects.filter(holder=holder)[:10])
    credits = [row for row in rows if isinstance(row, Credit)] or [None]
    shown = [credits[number % len(credits)] for number in range(int(request.GET["bytes"]) // ROW)]
    return render(request, "bare.html", {"rows": shown})


urlpatterns = [path("bare/", page), path("healthz", lambda request: HttpResponse("ok"))]
