"""Undo of the last change to a cycle's allocation; undoing again redoes it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.formatting import points_words
from cmp_portal.lib.points import from_hundredths
from credentials.models import Cycle
from education import queries, rules
from education.actions.allocation import AllocationRefused, lock_cycle, refuse_frozen
from education.actions.changes import undoable
from education.enums import ChangeKind
from education.models import Allocation, AllocationUndo, Credit


@retry_on_conflict
@transaction.atomic
def undo(*, cycle: Cycle, digest: str, by: User, at: datetime) -> AllocationUndo:
    """Restores the shares from before the last change; `digest` identifies the allocation that the holder has seen.

    Idempotent. Raises AllocationRefused if the shares or their credits have changed since.
    """
    cycle = _locked(cycle)
    refuse_frozen(cycle)
    change = AllocationUndo.objects.filter(cycle=cycle).first()
    if change is None or not _is_about(change, digest):
        raise AllocationRefused(CHANGED)
    if digest == change.result:
        _take_back(cycle, change, by=by, at=at)
        change.refresh_from_db()
    return change


CHANGED = gettext_lazy("Your allocation has changed in the meantime, so nothing was undone.")


def _locked(cycle: Cycle) -> Cycle:
    """Locks the cycle, its present credits and those it would get back."""
    kept = AllocationUndo.objects.filter(cycle=cycle).values_list("shares", flat=True).first()
    return lock_cycle(cycle.pk, also={credit for credit, _area, _points in kept or ()})


def _is_about(change: AllocationUndo, digest: str) -> bool:
    """Whether the form refers to this change, or to the one that this undo has already reverted."""
    was_sent_before = change.kind != ChangeKind.MADE and digest == queries.digest_of(change.shares)
    return digest == change.result or was_sent_before


def _take_back(cycle: Cycle, change: AllocationUndo, *, by: User, at: datetime) -> None:
    if change.result != queries.digest_of(queries.told(queries.shares_in(cycle.pk))):
        raise AllocationRefused(CHANGED)
    kind = ChangeKind.REDONE if change.kind == ChangeKind.UNDONE else ChangeKind.UNDONE
    shares = tuple(rules.Share(credit, area, from_hundredths(points)) for credit, area, points in change.shares)
    with undoable(cycle, what=change.what, kind=kind, by=by, at=at):
        _restore(cycle, change, shares, at=at)


def _restore(cycle: Cycle, change: AllocationUndo, shares: tuple[rules.Share, ...], *, at: datetime) -> None:
    now = {(share.credit, share.area): share.points for share in queries.shares_in(cycle.pk)}
    wanted = {(share.credit, share.area): share.points for share in shares}
    grown = [share for share in shares if share.points > now.get((share.credit, share.area), 0)]
    _refuse_what_is_gone(cycle, change, shares, {int(share.credit) for share in grown}, at=at)
    for credit, area in now.keys() - wanted.keys():
        Allocation.objects.filter(cycle=cycle, credit=int(credit), area__code=area).delete()
    areas = {area.code: area.pk for area in cycle.requirement_set.areas.all()}
    rows = [
        Allocation(holder_id=cycle.holder_id, cycle=cycle, credit_id=int(credit), area_id=areas[area], points=points)
        for (credit, area), points in wanted.items()
        if now.get((credit, area)) != points
    ]
    unique = ["cycle", "credit", "area"]
    Allocation.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=["points"])


def _refuse_what_is_gone(
    cycle: Cycle, change: AllocationUndo, shares: Collection[rules.Share], grown: set[int], *, at: datetime
) -> None:
    """Refuses if areas or credits of the restored shares are gone, or if those credits shrank or no longer fit."""
    if {share.area for share in shares} - {area.code for area in cycle.requirement_set.areas.all()}:
        raise AllocationRefused(_("The requirements have changed in the meantime, so nothing was undone."))
    found = Credit.objects.filter(pk__in=grown, holder_id=cycle.holder_id).select_related("kind", "provider")
    credits = list(found.order_by("id"))
    if len(credits) < len(grown):
        raise AllocationRefused(_("One of its credits no longer exists, so nothing was undone."))
    facts = queries.facts_of(cycle, on=board_day(at)).also(credits)
    tally = replace(facts, shares=tuple(shares)).count()
    for credit in credits:
        shared = sum((share.points for share in shares if share.credit == credit.pk), Decimal(0))
        _refuse_shrunk(credit, shared, from_hundredths(tally.counted[tally.places[credit.pk]]), since=change.made_at)


def _refuse_shrunk(credit: Credit, shared: Decimal, counted: Decimal, *, since: datetime) -> None:
    """A credit that was not corrected since is restored as it was; a corrected one must count like any new share."""
    words = {"title": credit.title, "points": points_words(credit.points)}
    if credit.withdrawn_at is not None:
        raise AllocationRefused(_("“%(title)s” has been withdrawn, so nothing was undone.") % words)
    if shared > credit.points:
        raise AllocationRefused(_("“%(title)s” now has only %(points)s, so nothing was undone.") % words)
    if counted < shared and credit.corrected_at is not None and credit.corrected_at > since:
        raise AllocationRefused(_("“%(title)s” was corrected and no longer fits, so nothing was undone.") % words)
