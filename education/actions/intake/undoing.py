"""Undoing a whole feed: each credit returns to its previous version, but what was declared stays."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind, Withdrawal
from accounts.models import User
from accounts.queries import in_each_language
from cmp_portal.lib.statements import execute, first_column
from education.actions.intake import undoing_sql as sql
from education.actions.intake.receiving import cycles_touched, lock
from education.actions.intake.sql import (
    DELETE_CUT_SHARES,
    FIND_CUTS,
    LOCK_CREDITS,
    LOCK_CYCLES,
    SHORTEN_CUT_SHARES,
    alert_cut,
)
from education.actions.matching import MatchRefused, unmatch
from education.actions.status import refresh_status
from education.actions.webhooks.outbox import tell_withdrawn
from education.enums import MatchState
from education.models import IntakeBatch, Match

CHUNK = 2_000
SCRATCH = ("staged", "judged", "before", "cut")


class UndoRefused(Exception):
    """The feed can't be undone now; the message says why and what to do."""


@transaction.atomic
def ask_undo(*, batch: IntakeBatch, by: User, at: datetime) -> IntakeBatch:
    """Requests that a feed be undone, which the worker does. Idempotent."""
    lock(batch.provider)
    batch = IntakeBatch.objects.select_for_update(of=("self",)).select_related("provider").get(pk=batch.pk)
    if batch.undo_asked_at:
        return batch
    if batch.ended_at is None:
        raise UndoRefused(_("This feed is still being imported. Undo it after the import has ended."))
    batch.undo_asked_at, batch.undo_asked_by = at, by
    batch.save(update_fields=["undo_asked_at", "undo_asked_by"])
    return batch


def undo_batch(*, batch: IntakeBatch, by: User, at: datetime) -> int:
    """Reverts what a feed has changed, in chunks of credits; returns how many credits.

    If killed, it continues with what is left: a restored credit no longer belongs to the feed.
    """
    _unmatch(batch, by=by, at=at)
    count, after = 0, 0
    while (taken := _take_back(batch, after=after, at=at))[0]:
        after, count = taken[1], count + taken[0]
    IntakeBatch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=at)
    return count


def _unmatch(batch: IntakeBatch, *, by: User, at: datetime) -> None:
    """Undoes matches made by the feed: recorded credits return to their holders, delivered ones stand alone for now."""
    matched = Match.objects.filter(state=MatchState.MATCHED, recorded__batch=batch)
    for match in matched.filter(recorded__provider=F("provider")).order_by("id"):
        if _was_recorded_before(match, batch):
            try:
                unmatch(match=match, by=by, at=at)
            except MatchRefused:
                continue  # part of a declaration: it stays, and the page lists it


def _was_recorded_before(match: Match, batch: IntakeBatch) -> bool:
    return first_column(sql.WAS_RECORDED, credit=match.recorded_id, batch=batch.pk) == [None]


@transaction.atomic
def _take_back(batch: IntakeBatch, *, after: int, at: datetime) -> tuple[int, int]:
    """Reverts the next credits of the feed; returns how many, and the id of the last one."""
    execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in SCRATCH)}")
    lock(batch.provider)
    count = execute(sql.FIND, batch=batch.pk, after=after, chunk=CHUNK)
    if not count:
        return 0, after
    [last] = first_column("SELECT max(credit_id) FROM judged")
    execute(LOCK_CREDITS)
    execute(LOCK_CYCLES)
    execute(sql.LEAVE_DECLARED, batch=batch.pk)
    execute(sql.BEFORE, batch=batch.pk)
    execute(sql.STAGE)
    cycles = cycles_touched()
    if execute(FIND_CUTS):
        execute(DELETE_CUT_SHARES)
        execute(SHORTEN_CUT_SHARES)
        _tell_cut(batch, at=at)
    tags = [f"{AlertKind.CREDIT_POSTED}:{batch.pk}.%", f"{AlertKind.CREDIT_MATCHED}:{batch.pk}.%:asked"]
    execute(sql.WITHDRAW_ALERTS, tags=tags, at=at, because=Withdrawal.OUTDATED)
    withdrawn = first_column(sql.TO_WITHDRAW)
    undone = execute(sql.RESTORE, at=at) + execute(sql.WITHDRAW, at=at)
    tell_withdrawn(withdrawn, at=at)
    refresh_status(cycles, at=at)
    IntakeBatch.objects.filter(pk=batch.pk).update(undone=F("undone") + undone)
    return count, last


def _tell_cut(batch: IntakeBatch, *, at: datetime) -> None:
    execute(
        alert_cut(),
        kind=AlertKind.SHARES_RELEASED,
        tag=f"undo:{batch.pk}",
        provider=batch.provider.title,
        title=in_each_language(lambda: _("Allocation reduced: “%s”")),
        body=in_each_language(
            lambda: _(
                "The Board withdrew what %s had delivered. This credit has %s again, and points allocated"
                " beyond that were released."
            )
        ),
        gone=in_each_language(
            lambda: _("The Board withdrew what %s had delivered. The points allocated from it were released.")
        ),
        link=reverse("education:progress"),
        at=at,
    )
