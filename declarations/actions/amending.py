"""Amend a declaration under audit: replace credits that were not accepted; both versions are kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Cycle
from declarations import queries
from declarations.actions.freezing import freeze
from declarations.actions.locks import lock_to_move
from declarations.actions.moves import MoveRefused, move
from declarations.actions.submission import record_receipt, withdraw_requests
from declarations.enums import Move, Ruled
from declarations.models import Attestation, Declaration, Ruling
from education.actions import AllocationRefused, NewShare, exchange, lock_cycle
from education.queries import gap_words


@retry_on_conflict
@transaction.atomic
def amend(
    *, declaration: Declaration, instead: Sequence[NewShare], attestation: Attestation, by: User, at: datetime
) -> Declaration:
    """Sign a declaration again, with other credits in place of those that were not accepted.

    The previous submission stays frozen; repeating the same amendment changes nothing. Raises MoveRefused if a credit
    can't count where it is put, or if requirements remain unmet.
    """
    lock_cycle(declaration.cycle_id, also=[share.credit for share in instead])
    declaration = lock_to_move(declaration, Move.AMEND, by=by, at=at)
    if _is_amended(declaration, instead):
        return declaration
    step = move(declaration, Move.AMEND, by=by, at=at)
    rulings = queries.newest_rulings(declaration)
    _exchange(declaration, rulings, instead, at=at)
    kept = {pk: ruling for pk, ruling in rulings.items() if ruling.outcome != Ruled.REFUSED}
    facts = queries.facts_as_declared(declaration)
    judged = queries.judged(facts, kept).evaluate()
    if not judged.is_complete:
        raise MoveRefused(
            _("The requirements are not met yet with these credits. %(gap)s") % {"gap": gap_words(judged)}
        )
    signed, standing = queries.to_sign(declaration.cycle, attestation), facts.evaluate()
    record_receipt(declaration, declaration.cycle, attestation, standing, at=at)
    seal = freeze(declaration, signed, standing, at=step.at)
    _carry_over(kept.values(), seal.submission)
    withdraw_requests(declaration, at=at)
    return declaration


def _is_amended(declaration: Declaration, instead: Sequence[NewShare]) -> bool:
    """Whether the latest move was an amendment that put in these shares."""
    shares = declaration.cycle.allocations.values_list("credit", "area__code", "points")
    last = declaration.steps.order_by("-id").values_list("move", flat=True).first()
    return last == Move.AMEND and {(one.credit, one.area, one.points) for one in instead} <= set(shares)


def _exchange(
    declaration: Declaration, rulings: dict[int, Ruling], instead: Sequence[NewShare], *, at: datetime
) -> None:
    """Replace the refused shares. The cycle is unfrozen only within this transaction."""
    refused = [pk for pk, ruling in rulings.items() if ruling.outcome == Ruled.REFUSED]
    if not refused:
        raise MoveRefused(_("All declared credits are accepted so far. There is nothing to replace."))
    if again := {share.credit for share in instead} & set(refused):
        raise MoveRefused(
            _("Credits that were not accepted can't replace themselves: %(count)s.") % {"count": len(again)}
        )
    cycle = declaration.cycle
    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=None)
    try:
        exchange(cycle=cycle, leaving=refused, coming=instead, at=at)
    except AllocationRefused as refusal:
        raise MoveRefused(str(refusal)) from None


def _carry_over(rulings: Iterable[Ruling], submission: int) -> None:
    """Copy the rulings on the remaining credits to the new submission."""
    Ruling.objects.bulk_create(
        Ruling(
            holder_id=one.holder_id,
            declaration_id=one.declaration_id,
            submission=submission,
            credit_id=one.credit_id,
            outcome=one.outcome,
            area_id=one.area_id,
            reason=one.reason,
            by_id=one.by_id,
            at=one.at,
        )
        for one in rulings
    )
