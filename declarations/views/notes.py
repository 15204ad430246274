"""A holder's answer to a note of the Board, on the page of a declaration or of its audit."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.deciding import refused
from declarations.actions import MoveRefused
from declarations.forms import NoteForm


def take_answer(request: HttpRequest, answer: Callable[..., object], *, page: str) -> HttpResponse:
    """Give what was written to the action `answer`, and lead back to the notes on the page."""
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            answer(by=user_of(request), at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Sent. The Board can see that you answered."))
        except MoveRefused as refusal:
            refused(request, refusal, form.cleaned_data["text"])
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return redirect(f"{page}#board")
