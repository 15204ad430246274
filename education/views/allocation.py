from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.keyset import Cursor
from cmp_portal.lib.versions import versioned
from credentials.models import Area, Cycle
from credentials.queries import cycles_visible_to
from education import actions, queries
from education.forms import AllocateForm, edits_of, left_of, typed_of
from education.models import Credit

# Tags a message about a change that the page offers to undo.
UNDOABLE = "undoable"


@require_GET
@permission_required(Permission.OWN_RECORD)
@versioned(unread={"accounts.Alert", "audits.Audit"})
def progress(request: HttpRequest) -> HttpResponse:
    """Check Progress: the cycle of the credential chosen under "Track progress for"."""
    credential, typed = number(request.GET.get("credential")), typed_of(request.GET)
    cursor = Cursor.read(request.GET.get("at", ""))
    page = queries.progress_page(user_of(request), credential=credential, cursor=cursor, on=clock.today(), typed=typed)
    if page is None:
        raise Http404
    return render(request, "education/progress.html", {"page": page})


@require_POST
@permission_required(Permission.ALLOCATE)
def allocate(request: HttpRequest, cycle: int, credit: UUID) -> HttpResponse:
    row, share = _cycle_and_credit(request, cycle, credit)
    form = _form(request, share)
    area = _area(row, form.cleaned_data["area"]) if form.is_valid() else None
    if area is None:
        return _again(request, row, _("Choose an area and enter the points as a number, such as 1.5."))
    user, at, left = user_of(request), clock.now(), _left(request, row, done=f"{share.pk}-")
    try:
        actions.allocate(credit=share, cycle=row, area=area, points=form.cleaned_data["points"], by=user, at=at)
        messages.success(request, _("Allocated to %(area)s.") % {"area": area.title}, extra_tags=UNDOABLE)
    except actions.AllocationRefused as refusal:
        return _again(request, row, str(refusal))
    return back(request, row, share.pk, left)


@require_POST
@permission_required(Permission.ALLOCATE)
def release(request: HttpRequest, cycle: int, credit: UUID, area: str) -> HttpResponse:
    row, share = _cycle_and_credit(request, cycle, credit)
    place = get_object_or_404(Area, requirement_set=row.requirement_set_id, code=area)
    left = _left(request, row, done=f"share-{share.pk}-{area}-")
    try:
        actions.release(credit=share, cycle=row, area=place, by=user_of(request), at=clock.now())
        messages.success(request, _("Released from %(area)s.") % {"area": place.title}, extra_tags=UNDOABLE)
    except actions.AllocationRefused as refusal:
        messages.error(request, str(refusal))
    return back(request, row, share.pk, left)


@require_POST
@permission_required(Permission.ALLOCATE)
def change(request: HttpRequest, cycle: int) -> HttpResponse:
    """Saves the points of the shares that the holder has edited on the page."""
    row = own_cycle(request, cycle)
    edits = edits_of(request.POST)
    if edits is None:
        return _again(request, row, _("Enter the points as a number, such as 1.5."))
    left = _left(request, row, done="share-")
    try:
        count = actions.change(cycle=row, edits=edits, by=user_of(request), at=clock.now())
        words = ngettext("%(count)s allocation changed.", "%(count)s allocations changed.", count) % {"count": count}
        messages.success(request, words if count else _("Nothing was changed."), extra_tags=UNDOABLE if count else "")
    except actions.AllocationRefused as refusal:
        return _again(request, row, str(refusal))
    return back(request, row, edits[0].credit if edits else None, left)


def _again(request: HttpRequest, cycle: Cycle, why: str) -> HttpResponse:
    """The same page of the list with the inputs as typed, because nothing was saved."""
    messages.error(request, why)
    page = queries.progress_page(
        user_of(request),
        credential=cycle.credential_id,
        cursor=Cursor.read(request.POST.get("at", "")),
        on=clock.today(),
        typed=typed_of(request.POST),
    )
    answer = render(request, "education/progress.html", {"page": page}, status=422)
    # When htmx swaps only part of the page, keep the URL at one that can be opened with GET.
    answer["HX-Push-Url"] = "false"
    return answer


def own_cycle(request: HttpRequest, cycle: int) -> Cycle:
    """A cycle of the signed-in holder; 404 for any other."""
    return own_or_404(request, cycles_visible_to, pk=cycle)


def _cycle_and_credit(request: HttpRequest, cycle: int, credit: UUID) -> tuple[Cycle, Credit]:
    return own_cycle(request, cycle), own_or_404(request, queries.credits_visible_to, uuid=credit)


def _form(request: HttpRequest, credit: Credit) -> AllocateForm:
    """The form sent for the credit; on a page with one form for many credits, input names are prefixed with its key."""
    key = str(credit.pk)
    return AllocateForm(request.POST, prefix=key if f"{key}-area" in request.POST else None)


def _area(cycle: Cycle, code: str) -> Area | None:
    return Area.objects.filter(requirement_set=cycle.requirement_set_id, code=code).first()


def _left(request: HttpRequest, cycle: Cycle, *, done: str) -> dict[str, str]:
    """What was typed into the list beside what was sent; htmx keeps it in the browser."""
    if "HX-Request" in request.headers or all(name.startswith(done) for name in request.POST if "-" in name):
        return {}
    cursor, on = Cursor.read(request.POST.get("at", "")), clock.today()
    page = queries.progress_page(user_of(request), credential=cycle.credential_id, cursor=cursor, on=on)
    return left_of(request.POST, queries.inputs_of(page.rows if page else ()), done=done)


def back(
    request: HttpRequest, cycle: Cycle, credit: int | None = None, left: Mapping[str, str] | None = None
) -> HttpResponse:
    """Redirects to the page of the list that the form was sent from, with what was `left` typed into it."""
    cursor = Cursor.read(request.POST.get("at", ""))
    query = {"credential": cycle.credential_id} | ({"at": cursor} if cursor else {}) | dict(left or {})
    place = None if credit is None else f"credit-{credit}"
    return redirect(reverse("education:progress", query=query, fragment=place))
