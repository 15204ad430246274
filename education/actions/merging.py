"""Merging two credits into one and splitting them again: facts, shares, documents. The caller holds the locks."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from credentials.models import ActivityKind
from education import queries
from education.actions.status import refresh_status
from education.models import Allocation, Credit, Dispute, Evidence, Match

# Facts about an activity, on which its holder and its provider may differ.
FACTS = ("title", "kind", "subjects", "completed_on", "unit", "quantity", "points")
# Where those facts come from, and as of when.
WORD = ("provider", "external_id", "batch", "provider_updated_at", "decided_at")


def said_of(credit: Credit) -> dict[str, Any]:
    """What the holder entered for a credit, to be kept while the provider's facts replace it."""
    return {
        "title": credit.title,
        "provider_name": credit.provider_name,
        "kind": credit.kind.code,
        "subjects": credit.subjects,
        "completed_on": credit.completed_on.isoformat(),
        "unit": credit.unit,
        "quantity": str(credit.quantity),
        "points": str(credit.points),
    }


def merge(*, recorded: Credit, delivered: Credit, at: datetime) -> Decimal:
    """Merges the delivered credit into the recorded one; returns the allocated points that it does not cover.

    Shares of the recorded credit have priority; those in frozen cycles stay as they were signed.
    """
    own, theirs = queries.shares_of(recorded.pk), queries.shares_of(delivered.pk)
    free = [share for share in own if not queries.is_signed(share)]
    remaining = queries.merged_shares(own, theirs, points=delivered.points)
    facts = {name: getattr(delivered, name) for name in (*FACTS, *WORD)}
    _dissolve(delivered, into=recorded, at=at)
    _shrink(free, remaining.points)
    _say(recorded, facts, provider_name="", corrected_at=at)
    _hand_over(theirs, remaining.points, to=recorded)
    refresh_status({share.cycle_id for share in remaining.shares}, at=at)
    return remaining.released


def split(*, recorded: Credit, said: Any, at: datetime) -> tuple[Credit, Decimal]:
    """Gives a matched credit back what its holder entered, and recreates the provider's credit from its present facts.

    The shares stay with the recorded credit. Returns the new credit and the points that the shares lost.
    """
    remaining = queries.corrected_shares(queries.shares_of(recorded.pk), points=Decimal(said["points"]))
    names = (*FACTS, *WORD, "holder_id", "corrected_at", "withdrawn_at")
    again = Credit(created_at=at, **{name: getattr(recorded, name) for name in names})
    _shrink(remaining.shares, remaining.points)
    _say(recorded, _facts(said) | dict.fromkeys(WORD), corrected_at=at, withdrawn_at=None)
    again.save()
    refresh_status({share.cycle_id for share in remaining.shares}, at=at)
    return again, remaining.released


def _facts(said: Any) -> dict[str, Any]:
    return {
        "title": said["title"],
        "provider_name": said["provider_name"],
        "kind": ActivityKind.objects.get(code=said["kind"]),
        "subjects": said["subjects"],
        "completed_on": date.fromisoformat(said["completed_on"]),
        "unit": said["unit"],
        "quantity": Decimal(said["quantity"]),
        "points": Decimal(said["points"]),
    }


def _say(credit: Credit, facts: Mapping[str, Any], **others: Any) -> None:
    for name, value in {**facts, **others}.items():
        setattr(credit, name, value)
    credit.save()


def _dissolve(credit: Credit, *, into: Credit, at: datetime) -> None:
    """Deletes a credit after moving its documents (duplicates are removed from view) and disputes to the other."""
    Allocation.objects.filter(credit=credit).delete()
    known = Evidence.objects.filter(credit=into, removed_at=None).values("sha256")
    Evidence.objects.filter(credit=credit, removed_at=None, sha256__in=known).update(removed_at=at)
    Evidence.objects.filter(credit=credit).update(credit=into)
    Dispute.objects.filter(credit=credit).update(credit=into)
    Match.objects.filter(delivered=credit).update(delivered=None)
    credit.delete()


def _shrink(shares: Iterable[Allocation], remaining: Mapping[int, Decimal]) -> None:
    """Cuts shares; to be called before their credit loses points."""
    cut = [share for share in shares if remaining[share.pk] < share.points]
    Allocation.objects.filter(pk__in=[share.pk for share in cut if not remaining[share.pk]]).delete()
    shorter = [share for share in cut if remaining[share.pk]]
    for share in shorter:
        share.points = remaining[share.pk]
    Allocation.objects.bulk_update(shorter, ["points"])


def _hand_over(shares: Iterable[Allocation], remaining: Mapping[int, Decimal], *, to: Credit) -> None:
    """Recreates shares of a dissolved credit for another, adding to its share where it already has one in the area."""
    present = {(share.cycle_id, share.area_id): share.points for share in queries.shares_of(to.pk)}
    handed = [
        Allocation(
            holder_id=to.holder_id,
            cycle_id=share.cycle_id,
            credit=to,
            area_id=share.area_id,
            points=remaining[share.pk] + present.get((share.cycle_id, share.area_id), Decimal(0)),
            created_at=share.created_at,
        )
        for share in shares
        if remaining.get(share.pk)
    ]
    unique = ["cycle", "credit", "area"]
    Allocation.objects.bulk_create(handed, update_conflicts=True, unique_fields=unique, update_fields=["points"])
