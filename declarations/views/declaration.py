from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from credentials.models import Cycle
from credentials.queries import cycles_visible_to
from declarations import actions, queries
from declarations.forms import AttestForm
from declarations.models import Declaration
from declarations.permissions import moves_of


@require_GET
@permission_required(Permission.DECLARE)
def start(request: HttpRequest) -> HttpResponse:
    """Start the Online CMP Declaration Process: to the declaration that can be opened, else saying from when."""
    found = queries.where_to_start(user_of(request), credential=number(request.GET.get("credential")), on=clock.today())
    if found is None:
        messages.info(request, _("There is no cycle to declare."))
        return redirect("education:progress")
    if found.declaration is not None:
        return redirect(found.declaration)
    if not found.readiness.blockers:
        return redirect("declarations:declare", cycle=found.cycle.pk)
    for words in queries.blocker_words(found.readiness):
        messages.info(request, words)
    return redirect(f"{reverse('education:progress')}?credential={found.cycle.credential_id}")


@require_GET
@permission_required(Permission.DECLARE)
def declare(request: HttpRequest, cycle: int) -> HttpResponse:
    """The declaration to check before it is signed."""
    return _declare_page(request, _own_cycle(request, cycle), AttestForm())


@require_POST
@permission_required(Permission.DECLARE)
def submit(request: HttpRequest, cycle: int) -> HttpResponse:
    row, form, at = _own_cycle(request, cycle), AttestForm(request.POST), clock.now()
    attestation = queries.current_attestation(on=clock.board_day(at))
    if attestation is None or not form.is_valid():
        return _declare_page(request, row, form)
    try:
        declaration = actions.submit(cycle=row, attestation=attestation, by=user_of(request), at=at)
    except actions.NotReady:
        return _declare_page(request, row, form)
    messages.success(request, _("Received. Your number is %(number)s.") % {"number": declaration.number})
    return redirect(declaration)


@require_GET
@permission_required(Permission.OWN_RECORD)
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    declaration = _own(request, uuid)
    page = queries.detail_page(declaration, moves=moves_of(user_of(request), declaration))
    return render(request, "declarations/detail.html", {"page": page})


@require_POST
@permission_required(Permission.DECLARE)
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    declaration = _own(request, uuid)
    try:
        actions.withdraw(declaration=declaration, by=user_of(request), at=clock.now())
        messages.success(request, _("Withdrawn. You can change the allocation and declare again."))
    except actions.MoveRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(declaration)


def _declare_page(request: HttpRequest, cycle: Cycle, form: AttestForm) -> HttpResponse:
    on = clock.today()
    readiness = queries.readiness_of(cycle, on=on)
    attestation = queries.current_attestation(on=on)
    page = queries.declare_page(cycle, readiness, attestation)
    status = 200 if request.method == "GET" else 422
    return render(request, "declarations/declare.html", {"page": page, "form": form}, status=status)


def _own_cycle(request: HttpRequest, cycle: int) -> Cycle:
    user = user_of(request)
    return get_object_or_404(cycles_visible_to(user).filter(holder_id=user.holder_key), pk=cycle)


def _own(request: HttpRequest, uuid: UUID) -> Declaration:
    user = user_of(request)
    return get_object_or_404(queries.declarations_visible_to(user).filter(holder_id=user.holder_key), uuid=uuid)
