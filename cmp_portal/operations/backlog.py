"""Backlogs: how much is waiting to be processed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from accounts.queries import Undelivered, Unreachable, undelivered, unreachable
from cmp_portal.lib.uploads import FileCondition
from declarations.enums import State
from declarations.models import Declaration
from education.models import Evidence, IntakeRow

WAITING = (State.SUBMITTED, State.UNDER_AUDIT, State.APPEALED)


@dataclass(frozen=True)
class Backlog:
    """Unsent alerts, addresses that refuse email, declarations by state, unmatched feed lines, unchecked documents."""

    alerts: Undelivered
    addresses: Unreachable
    declarations: dict[str, int]
    unmatched: int
    documents: int


def backlog(*, at: datetime) -> Backlog:
    counts = Declaration.objects.aggregate(**{state.value: Count("pk", filter=Q(state=state)) for state in WAITING})
    return Backlog(
        alerts=undelivered(at=at),
        addresses=unreachable(at=at),
        declarations=counts,
        unmatched=IntakeRow.objects.waiting().count(),
        documents=Evidence.objects.filter(condition=FileCondition.WAITING).count(),
    )
