from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from education import actions, queries
from education.models import Match


@require_POST
@permission_required(Permission.ALLOCATE)
def match(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirms that both are the same: one credit from now on."""
    row = _own(request, uuid)
    _decide(request, row, actions.match, _("Matched. It counts once, with its provider's details."))
    return redirect("education:credit", uuid=row.recorded.uuid)


@require_POST
@permission_required(Permission.ALLOCATE)
def mark_different(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirms that they are different: two credits."""
    _decide(request, _own(request, uuid), actions.mark_different, _("Kept as two different credits."))
    return redirect("education:credits")


@require_POST
@permission_required(Permission.ALLOCATE)
def unmatch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _own(request, uuid)
    _decide(request, row, actions.unmatch, _("The match was undone. These are two credits again."))
    return redirect("education:credit", uuid=row.recorded.uuid)


def _own(request: HttpRequest, uuid: UUID) -> Match:
    return own_or_404(request, queries.matches_visible_to, uuid=uuid)


def _decide(request: HttpRequest, row: Match, action: Callable[..., Match], done: str) -> None:
    try:
        action(match=row, by=user_of(request), at=clock.now())
        messages.success(request, done)
    except actions.MatchRefused as refusal:
        messages.error(request, str(refusal))
