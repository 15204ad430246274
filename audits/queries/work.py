"""Which audits wait for one auditor's work."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import DateField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from audits.enums import AuditState
from audits.models import Audit, Colleague
from audits.models.audits import NEVER_DUE
from audits.queries.audits import answered, proposals
from audits.rules.moves import DECIDED, OPEN, WITH_HOLDER
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.keyset import Cursor, cut
from declarations.enums import State

ANSWERED = "answered"
# Those whose failure was proposed and on which the reader may decide.
SECOND = "second"
# Declarations in the review queue that passed their audit.
PASSED = Q(state=State.UNDER_AUDIT, declaration__audit__state=AuditState.PASSED)


def to_approve(user: User) -> Q:
    """Condition: it passed its audit, and this reviewer may approve it; `audits.permissions.objection` says why not."""
    if settings.AUDITOR_MAY_APPROVE:
        return PASSED
    return PASSED & ~Q(declaration__audit__auditor=user) & ~Q(declaration__audit__decided_by=user)


def in_order() -> "QuerySet[Any]":
    """All audits, with the day by which the queue is ordered."""
    return Audit.objects.annotate(queue_on=Coalesce("due_on", Value(NEVER_DUE), output_field=DateField()))


def auditable(user: User) -> "QuerySet[Any]":
    """Open audits that the user may ever work on: of nobody's whom they know, and not paused."""
    return _of_strangers(user, in_order().filter(state__in=sorted(OPEN), declaration__state=State.UNDER_AUDIT))


def _of_strangers(user: User, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Without the user's own audits and those of marked colleagues; `may_ever_audit` says the same of one."""
    colleagues = Colleague.objects.filter(auditor=user).values("colleague")
    return rows.exclude(holder=user.holder_key).exclude(holder__in=colleagues)


def for_second_auditor(user: User) -> QuerySet[Audit]:
    """Audits whose failure somebody else has proposed; where failing needs other eyes, the user may decide on them."""
    return proposals(auditable(user)).exclude(proposer=user.pk)


def to_request(user: User, *, mine: bool = False) -> QuerySet[Audit]:
    """Audits whose documents the user may request, in the order of the queue; with `mine`, only their own."""
    whose = Q(auditor=user) if mine else _free_or_of(user)
    return auditable(user).filter(whose, state=AuditState.SELECTED).order_by("queue_on", "pk")


def asked_for(user: User, state: str, *, mine: bool = False, may: bool = False) -> QuerySet[Audit]:
    """The rows of a list: the open audits, or those in a state.

    With `mine`, only the user's; with `may`, only those that the user may audit.
    """
    if state == SECOND:
        rows = for_second_auditor(user)
        return rows.filter(auditor=user) if mine else rows
    rows = in_order()
    if state == ANSWERED:
        rows = rows.filter(pk__in=answered().values("pk"))
    rows = rows.filter(state=state) if state in AuditState else rows.filter(state__in=sorted(OPEN))
    if state not in DECIDED:
        # Left out: an audit that is paused, or whose declaration was withdrawn. Nobody can act on it.
        rows = rows.filter(declaration__state=State.UNDER_AUDIT)
    rows = _of_strangers(user, rows) if may else rows
    return rows.filter(auditor=user) if mine else rows


def next_audit(user: User, *, state: str, mine: bool, after: int | None, at: datetime) -> int | None:
    """The first audit in the list that waits for this auditor: after the one with this key, or of all.

    From a list of decided audits, all that wait follow.
    """
    start = _place_of(after) if after else None
    rows = auditable(user).filter(_to_work_on(user, on=board_day(at)))
    if (state or mine) and state not in DECIDED:
        rows = rows.filter(pk__in=asked_for(user, state, mine=mine).values("pk"))
    page = cut(rows.values("queue_on", "pk"), day="queue_on", key="pk", cursor=start, size=1)
    return page.rows[0]["pk"] if page.rows else None


def _to_work_on(user: User, *, on: date) -> Q:
    """Condition: the Board acts next, or the holder is late or has asked something, and this auditor may act."""
    with_holder = Q(state__in=sorted(WITH_HOLDER))
    is_waiting = ~with_holder | Q(due_on__lt=on) | Q(pk__in=answered().values("pk"))
    own = _free_or_of(user) & is_waiting
    if not settings.AUDIT_FAIL_NEEDS_OTHER_EYES:
        return own
    proposed = proposals(Audit.objects.all()).values("pk")
    return own & ~Q(pk__in=proposed) | Q(pk__in=for_second_auditor(user).values("pk"))


def _free_or_of(user: User) -> Q:
    return Q(auditor=None) | Q(auditor=user)


def _place_of(pk: int) -> Cursor | None:
    """Where in the queue an audit is."""
    day = in_order().filter(pk=pk).values_list("queue_on", flat=True).first()
    return Cursor(day, pk, False) if day else None
