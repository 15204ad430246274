"""The steps from a complete cycle to the receipt; nothing is stored before the last one."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from credentials.models import Cycle
from credentials.queries import cycles_visible_to
from declarations import actions, queries
from declarations.forms import AttestForm, SubmitForm
from education.queries import progress_url


@require_GET
@permission_required(Permission.DECLARE)
def start(request: HttpRequest) -> HttpResponse:
    """Start the Online CMP Declaration Process: go to a cycle that can be declared, or say from when it can."""
    found = queries.where_to_start(user_of(request), credential=number(request.GET.get("credential")), on=clock.today())
    if found is None:
        messages.info(request, _("There is no cycle to declare."))
        return redirect("education:progress")
    if found.declaration is not None:
        return redirect(found.declaration)
    if not found.readiness.blockers:
        return redirect("declarations:declare", cycle=found.cycle.pk)
    why = " ".join(queries.blocker_words(found.readiness))
    messages.info(request, _("You can't declare now. %(why)s") % {"why": why})
    return redirect(progress_url(found.cycle))


def step(view: Callable[[HttpRequest, Cycle], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For views of a step in one's own cycle; redirects to the declaration if the Board already has one."""

    @require_GET
    @permission_required(Permission.DECLARE)
    @wraps(view)
    def stepped(request: HttpRequest, cycle: int) -> HttpResponse:
        row = _own_cycle(request, cycle)
        submitted = queries.standing_declaration(row)
        return view(request, row) if submitted is None else redirect(submitted)

    return stepped


@step
def declare(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """Check what is about to be signed."""
    return _check(request, cycle)


@step
def attest(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """Read the attestation and check the box."""
    return _attest(request, cycle, AttestForm())


@step
def confirm(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """Check your answers. The checked box is part of the query string, so that going back loses nothing."""
    on, form = clock.today(), AttestForm(request.GET)
    attestation = queries.current_attestation(on=on)
    if attestation is None or not form.is_valid():
        return _attest(request, cycle, form)
    readiness = queries.readiness_of(cycle, on=on)
    if readiness.blockers:
        return redirect("declarations:declare", cycle=cycle.pk)
    page = queries.confirm_page(cycle, attestation, readiness, on=on)
    initial = SubmitForm(initial={"attested": "on", "seen": page.seen})
    return render(request, "declarations/confirm.html", {"page": page, "form": initial})


@require_POST
@permission_required(Permission.DECLARE)
def submit(request: HttpRequest, cycle: int) -> HttpResponse:
    row, form, at = _own_cycle(request, cycle), SubmitForm(request.POST), clock.now()
    attestation = queries.current_attestation(on=clock.board_day(at))
    if attestation is None or not form.is_valid():
        return _attest(request, row, AttestForm(request.POST))
    try:
        declaration = actions.submit(
            cycle=row, attestation=attestation, by=user_of(request), at=at, seen=form.cleaned_data["seen"]
        )
    except actions.NotReady:
        return _check(request, row, status=422)
    except actions.ChangedSince:
        messages.warning(request, _("Something has changed since you read it through. Please check it again."))
        return redirect("declarations:declare", cycle=row.pk)
    messages.success(request, _("Received. Your number is %(number)s.") % {"number": declaration.number})
    return redirect(declaration)


def _check(request: HttpRequest, cycle: Cycle, *, status: int = 200) -> HttpResponse:
    page = queries.check_page(cycle, on=clock.today())
    return render(request, "declarations/check.html", {"page": page}, status=status)


def _attest(request: HttpRequest, cycle: Cycle, form: AttestForm) -> HttpResponse:
    """Show the attestation; if there is none or something blocks submission, show the first step, which says why."""
    on = clock.today()
    attestation = queries.current_attestation(on=on)
    readiness = queries.readiness_of(cycle, on=on)
    if attestation is None or readiness.blockers:
        return _check(request, cycle, status=422)
    page = queries.attest_page(cycle, attestation, readiness, on=on)
    status = 422 if form.errors else 200
    return render(request, "declarations/attest.html", {"page": page, "form": form}, status=status)


def _own_cycle(request: HttpRequest, cycle: int) -> Cycle:
    return own_or_404(request, cycles_visible_to, pk=cycle)
