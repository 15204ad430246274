"""Public verification of credentials: by number and name, by the code on a paper, or by the file."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cmp_portal.lib import clock
from cmp_portal.lib.body_limits import takes_up_to
from declarations import queries
from declarations.forms import FileForm, VerifyForm

JSON, LINKED = "application/json", "application/ld+json"


def public(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For public views, limited by VERIFICATION_LIMITS. CSRF-exempt for API clients, as nothing is changed."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def limited(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        is_asked = request.method == "POST" or bool(kwargs)
        number = request.POST.get("certificate_number", "").strip() or None
        if is_asked and not _may_ask(request, number):
            return ratelimit.respond_429(request)
        return view(request, **kwargs)

    return limited


def _may_ask(request: HttpRequest, number: str | None) -> bool:
    limits = settings.VERIFICATION_LIMITS
    is_let = ratelimit.consume(request, app="verification", action="ask", config=limits, limit_get=True)
    if is_let and number:
        return bool(ratelimit.consume(request, app="verification", action="number", config=limits, key=number))
    return bool(is_let)


@public
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """By what an employer is told anyway: certificate number and last name."""
    form = VerifyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, form=form)
    return _answer(request, queries.answers_by_name(**form.cleaned_data, on=clock.today()))


@public
@partial(takes_up_to, "VERIFICATION_MAX_BYTES")
@require_POST
def by_file(request: HttpRequest) -> HttpResponse:
    """By the issued file itself, which must match byte for byte."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, file_form=form)
    return _answer(request, queries.answers_by_file(form.cleaned_data["file"].read(), on=clock.today()), what="file")


@public
@require_GET
def by_code(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """By the code on a letter, a certificate or a badge."""
    return _answer(request, queries.answers_by_code(uuid, on=clock.today()), what="code")


def _form(request: HttpRequest, **forms_: forms.Form) -> HttpResponse:
    given = {"form": VerifyForm(), "file_form": FileForm()} | forms_
    if (media_type := _program(request)) and any(form.errors for form in given.values()):
        errors = {name: list(said) for form in given.values() for name, said in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422, content_type=media_type)
    status = 422 if any(form.errors for form in given.values()) else 200
    return render(request, "declarations/verify.html", given, status=status)


def _answer(request: HttpRequest, answers: tuple[queries.PublicCredential, ...], *, what: str = "name") -> HttpResponse:
    if media_type := _program(request):
        return JsonResponse(queries.as_linked_data(answers), content_type=media_type)
    return render(request, "declarations/verified.html", {"answers": answers, "what": what})


def _program(request: HttpRequest) -> str | None:
    """The media type that an API client asks for; None for a browser."""
    wanted = request.get_preferred_type(["text/html", LINKED, JSON])
    return wanted if wanted in (LINKED, JSON) else None
