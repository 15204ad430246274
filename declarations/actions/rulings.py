"""Rulings on single credits: accepted, not accepted, or moved to another area."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.contention import retry_on_conflict
from credentials.models import Area
from declarations import queries
from declarations.actions.claims import claim
from declarations.actions.locks import keep_to_claims, keep_to_seen, lock
from declarations.actions.moves import MoveRefused
from declarations.enums import Ruled
from declarations.models import Declaration, Ruling
from declarations.permissions import may_judge
from education.models import Credit


@retry_on_conflict
@transaction.atomic
def rule(
    *,
    declaration: Declaration,
    credit: Credit,
    outcome: Ruled,
    by: User,
    at: datetime,
    area: Area | None = None,
    reason: str = "",
    seen: int | None = None,
) -> Ruling:
    """Rule whether a declared credit counts, and in which area; repeating the same ruling changes nothing.

    Claims the declaration for the user; `seen` is the submission they have read. Raises MoveRefused, with the reason as
    message.
    """
    declaration = lock(declaration)
    if not may_judge(by, declaration):
        raise MoveRefused(_("You can't review the credits of this declaration, or it has already been decided."))
    keep_to_claims(declaration, by=by, at=at)
    keep_to_seen(declaration, seen)
    area, reason = area if outcome == Ruled.MOVED else None, "" if outcome == Ruled.ACCEPTED else reason.strip()
    _refuse(declaration, credit, outcome, area, reason)
    claim(declaration=declaration, by=by, at=at)
    return record_ruling(declaration, credit, outcome, area, reason, by=by, at=at)


def _refuse(declaration: Declaration, credit: Credit, outcome: Ruled, area: Area | None, reason: str) -> None:
    submission = queries.newest_submission(declaration)
    if not declaration.declared.filter(submission=submission, content__credit=str(credit.uuid)).exists():
        raise MoveRefused(_("This credit is not part of the latest submission."))
    if outcome != Ruled.ACCEPTED and not reason:
        raise MoveRefused(_("Write a reason. The holder needs to know why."))
    if outcome == Ruled.MOVED and area is None:
        raise MoveRefused(_("Choose the area in which it counts."))
    if area is not None and (why_not := queries.why_not_there(declaration, credit, area)):
        raise MoveRefused(_("It can't count there. %(why)s") % {"why": why_not})


def record_ruling(
    declaration: Declaration,
    credit: Credit,
    outcome: Ruled,
    area: Area | None,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> Ruling:
    """Record a ruling, unless the newest on the credit is the same; the caller has checked that it may be made."""
    submission = queries.newest_submission(declaration)
    newest = queries.rulings_of(declaration, submission).get(credit.pk)
    if newest and (newest.outcome, newest.area, newest.reason) == (outcome, area, reason):
        return newest
    return Ruling.objects.create(
        holder_id=declaration.holder_id,
        declaration=declaration,
        submission=submission,
        credit=credit,
        outcome=outcome,
        area=area,
        reason=reason,
        by=by,
        at=at,
    )
