"""The last change of an allocation, and whether it can still be undone."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from credentials.models import Cycle
from credentials.rules.points import hundredths
from education import rules
from education.enums import ChangeKind
from education.models import Allocation, AllocationUndo


def shares_in(cycle: int) -> tuple[rules.Share, ...]:
    """The present shares of a cycle."""
    rows = Allocation.objects.filter(cycle=cycle).order_by("credit_id", "area__code")
    return tuple(rules.Share(*row) for row in rows.values_list("credit_id", "area__code", "points"))


def told(shares: Iterable[rules.Share]) -> list[list[int | str]]:
    """Shares in the form stored for undo, in a fixed order."""
    return sorted([int(share.credit), share.area, hundredths(share.points)] for share in shares)


def digest_of(kept: list[list[int | str]]) -> str:
    """Identifies an allocation, so that nobody undoes what they have not seen."""
    return hashlib.sha256(json.dumps(kept, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class UndoLine:
    """A button that undoes the last change, or redoes it."""

    verb: str
    label: str
    url: str
    digest: str
    at: str


def undo_line(cycle: Cycle, shares: Iterable[rules.Share], *, at: str = "") -> UndoLine | None:
    """The undo button; None if the cycle is frozen or the shares have changed otherwise since.

    `at` is the page of the list that undoing returns to.
    """
    undo: AllocationUndo | None = getattr(cycle, "undo", None)
    if undo is None or cycle.shares_frozen_at is not None or undo.result != digest_of(told(shares)):
        return None
    verb = _("Redo") if undo.kind == ChangeKind.UNDONE else _("Undo")
    label = _("%(verb)s: %(what)s") % {"verb": verb, "what": undo.what}
    return UndoLine(verb, label, reverse("education:undo", args=[cycle.pk]), undo.result, at)


def credit_changed(undo: AllocationUndo) -> int | None:
    """The primary key of the credit whose shares changed; None if there were several."""
    before, after = set(map(tuple, undo.shares)), set(map(tuple, told(shares_in(undo.cycle_id))))
    changed = {int(credit) for credit, _area, _points in before ^ after}
    return changed.pop() if len(changed) == 1 else None
