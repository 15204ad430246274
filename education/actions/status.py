"""The derived status of cycles, and the alerts for becoming complete or incomplete."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import tell, withdraw_alerts
from accounts.enums import AlertKind, Withdrawal
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials import rules as credential_rules
from credentials.models import Cycle
from education import queries, rules
from education.models import CycleStatus

BATCH = 1_000


@transaction.atomic
def refresh_status(cycle_ids: Iterable[int], *, at: datetime) -> None:
    """Updates the status rows of cycles, and alerts holders when completeness was reached or lost."""
    locked = Cycle.objects.filter(pk__in=list(cycle_ids)).select_for_update(of=("self",)).order_by("id")
    cycles = list(locked.select_related("credential__credential_type", "requirement_set__credential_type"))
    standings = queries.standings_of(cycles, on=board_day(at))
    before = CycleStatus.objects.in_bulk([cycle.pk for cycle in cycles])
    rows = [_row(cycle, standings[cycle.pk], before.get(cycle.pk), at=at) for cycle in cycles]
    CycleStatus.objects.bulk_create(rows, update_conflicts=True, unique_fields=["cycle"], update_fields=UPDATED)
    for row in rows:
        was_complete = row.pk in before and before[row.pk].is_complete
        if row.is_complete and not was_complete and _can_be_declared(row.cycle):
            _tell_complete(row.cycle, row.times_completed, at=at)
        elif was_complete and not row.is_complete:
            _tell_incomplete(row.cycle, standings[row.pk], row.times_completed, at=at)


def reconcile_status(*, at: datetime) -> int:
    """Corrects status rows that are missing or differ from a fresh verdict; returns how many.

    Needed because time alone changes them: the window of an expired or voluntary cycle moves with every day.
    """
    compared = queries.compared_statuses(on=board_day(at))
    wrong = [one.judged.cycle for one in compared if one.may_change and not one.is_right]
    for start in range(0, len(wrong), BATCH):
        refresh_status(wrong[start : start + BATCH], at=at)
    return len(wrong)


def _row(cycle: Cycle, standing: rules.Standing, before: CycleStatus | None, *, at: datetime) -> CycleStatus:
    reached = standing.is_complete and not (before is not None and before.is_complete)
    return CycleStatus(
        cycle=cycle,
        holder_id=cycle.holder_id,
        counted=standing.total.counted,
        missing=standing.shortfall,
        is_complete=standing.is_complete,
        times_completed=(before.times_completed if before else 0) + reached,
        version=(before.version if before else 0) + 1,
        computed_at=at,
    )


UPDATED = ["counted", "missing", "is_complete", "times_completed", "version", "computed_at"]


def _can_be_declared(cycle: Cycle) -> bool:
    """Whether a declaration can be asked for: none is with the Board, and the cycle is not over."""
    return cycle.shares_frozen_at is None and cycle.closed_at is None


def _tell_complete(cycle: Cycle, times: int, *, at: datetime) -> None:
    """Inside the declaration window the alert asks for the declaration; before it, it says when the window opens.

    An earlier alert that something was missing again is withdrawn.
    """
    opens_on = opens(cycle)
    may_declare = opens_on <= board_day(at)
    kind = AlertKind.READY_TO_DECLARE if may_declare else AlertKind.ALL_ALLOCATED
    code = cycle.credential.credential_type.code
    lost = _key(AlertKind.NO_LONGER_COMPLETE, cycle, times - 1)
    withdraw_alerts(holder_id=cycle.holder_id, keys=[lost], at=at)
    with in_language_of(cycle.holder_id):
        tell(
            holder_id=cycle.holder_id,
            kind=kind,
            key=_key(kind, cycle, times),
            title=_("All requirements for %(credential)s are allocated") % {"credential": code},
            body=_("Submit your CMP declaration to the Board now.") if may_declare else _from_when(opens_on),
            link=f"{reverse('declarations:start')}?credential={cycle.credential_id}",
            at=at,
        )


def _from_when(opens_on: date) -> str:
    return _("You can submit your CMP declaration starting %(day)s.") % {"day": longdate(opens_on)}


def _tell_incomplete(cycle: Cycle, standing: rules.Standing, times: int, *, at: datetime) -> None:
    kinds = (AlertKind.ALL_ALLOCATED, AlertKind.READY_TO_DECLARE)
    keys = [_key(kind, cycle, times) for kind in kinds]
    withdraw_alerts(holder_id=cycle.holder_id, keys=keys, at=at, because=Withdrawal.INCOMPLETE)
    code = cycle.credential.credential_type.code
    with in_language_of(cycle.holder_id):
        tell(
            holder_id=cycle.holder_id,
            kind=AlertKind.NO_LONGER_COMPLETE,
            key=_key(AlertKind.NO_LONGER_COMPLETE, cycle, times),
            title=_("%(credential)s is no longer complete") % {"credential": code},
            body=queries.gap_words(standing),
            link=queries.progress_url(cycle),
            at=at,
        )


def _key(kind: AlertKind, cycle: Cycle, times: int) -> str:
    return f"{kind}:{cycle.pk}:{times}"


def opens(cycle: Cycle) -> date:
    """The first day on which the cycle's declaration may be submitted."""
    days = cycle.credential.credential_type.declaration_opens_days
    return credential_rules.declaration_opens_on(cycle.ends_on, days)
