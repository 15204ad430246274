"""The baseline of a page: bare Django that asks as many questions and says as much, for somebody who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from credentials.models import Cycle
from education.models import Credit

ROW = 250  # bytes, about


def page(request: HttpRequest) -> HttpResponse:
    """`queries` of the ORM, two of them for session and user, and a template of about `bytes`."""
    holder, wanted = request.user.holder_id, int(request.GET["queries"])
    rows = [row for _query in range((wanted - 2) // 2) for row in Credit.objects.filter(holder=holder)[:10]]
    rows += list(Cycle.objects.filter(holder=holder)[:1])
    for _query in range(wanted - 3 - (wanted - 2) // 2):
        list(Cycle.objects.filter(holder=holder)[:10])
    credits = [row for row in rows if isinstance(row, Credit)] or [None]
    shown = [credits[number % len(credits)] for number in range(int(request.GET["bytes"]) // ROW)]
    return render(request, "bare.html", {"rows": shown})


urlpatterns = [path("bare/", page), path("healthz", lambda request: HttpResponse("ok"))]
