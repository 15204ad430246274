"""Applying a suggestion: exactly what the holder has seen, in one step."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Cycle
from education import queries
from education.actions.allocation import AllocationRefused, lock_cycle, refuse_frozen
from education.actions.changes import undoable
from education.models import Allocation, Credit


@retry_on_conflict
@transaction.atomic
def apply_suggestion(*, cycle: Cycle, digest: str, by: User, at: datetime, spares: bool = False) -> int:
    """Allocates what the suggestion identified by `digest` adds (`spares` included); returns the number of shares.

    Raises AllocationRefused if the credits have changed since, so that nobody gets what they have not seen. Applied
    again, it finds nothing to add and returns 0.
    """
    _lock_credits_of(cycle)
    cycle = lock_cycle(cycle.pk)
    refuse_frozen(cycle)
    proposal = queries.proposal_for(cycle, on=board_day(at), spares=spares)
    if not proposal.suggestion.added:
        return 0
    if proposal.digest != digest:
        raise AllocationRefused(_("Your credits have changed in the meantime. Review the new suggestion."))
    count = len(proposal.suggestion.added)
    words = ngettext("applied %(count)s suggested allocation", "applied %(count)s suggested allocations", count)
    with undoable(cycle, what=words % {"count": count}, by=by, at=at):
        _allocate(cycle, proposal)
    return count


def _lock_credits_of(cycle: Cycle) -> None:
    """Locks all credits of the holder, since any of them may be involved; before the cycle, as everywhere."""
    rows = Credit.objects.filter(holder_id=cycle.holder_id).order_by("id")
    list(rows.select_for_update().values_list("pk"))


def _allocate(cycle: Cycle, proposal: queries.Proposal) -> None:
    areas = {area.code: area.pk for area in cycle.requirement_set.areas.all()}
    present = {(share.credit, share.area): share.points for share in proposal.facts.shares}
    shares = [
        Allocation(
            holder_id=cycle.holder_id,
            cycle=cycle,
            credit_id=int(share.credit),
            area_id=areas[share.area],
            points=share.points + present.get((share.credit, share.area), Decimal(0)),
        )
        for share in proposal.suggestion.added
    ]
    unique = ["cycle", "credit", "area"]
    Allocation.objects.bulk_create(shares, update_conflicts=True, unique_fields=unique, update_fields=["points"])
