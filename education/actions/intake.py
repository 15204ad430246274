"""Credits as providers deliver them: set by set, each line accounted for, and nothing twice."""

from collections.abc import Sequence
from datetime import date, datetime
from secrets import token_bytes

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.feeds import cells, staging
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from cmp_portal.lib.feeds.staging import Counts, execute
from credentials.models import ActivityKind, Subject
from education.actions import intake_matches as matches
from education.actions import intake_sql as sql
from education.actions.status import refresh_status
from education.models import IntakeBatch, Provider


def columns(*, on: date) -> Sequence[cells.Column]:
    """What a provider's file tells of each credit; nothing is completed after `on`."""
    return [
        cells.Column("external_id", cells.text(80)),
        cells.Column("customer_number", cells.text(32)),
        cells.Column("title", cells.text(300)),
        cells.Column("kind", _kind(dict(ActivityKind.objects.values_list("code", "counts")))),
        cells.Column("subjects", cells.some_of(Subject.objects.values_list("code", flat=True))),
        cells.Column("completed_on", cells.day_until(on)),
        cells.Column("points", cells.points),
    ]


@transaction.atomic
def take_in(
    *, feed: Feed, provider: Provider, name: str, at: datetime, progress: Progress, by: User | None = None
) -> Counts:
    """Posts new credits, applies corrections and keeps what could not be used; a file seen before changes nothing."""
    staging.stage(feed, progress, scratch=("to_keep", "cut", *matches.SCRATCH))
    execute("SELECT pg_advisory_xact_lock(hashtextextended('intake of credits', %(provider)s))", provider=provider.pk)
    execute(sql.JUDGE, provider=provider.pk, another_holder=_("external_id: belongs to another holder"))
    execute("ANALYZE judged")
    counts = staging.counted()
    kept = execute(sql.FIND_ROWS_TO_KEEP, provider=provider.pk)
    if not (counts.accepted or counts.corrected or kept) and provider.batches.filter(sha256=feed.sha256).exists():
        return counts
    batch = _batch(feed, provider=provider, name=name, counts=counts, at=at, by=by)
    execute(sql.RESOLVE_ROWS, provider=provider.pk, at=at)
    if kept:
        execute(sql.KEEP_ROWS, batch=batch.pk)
        # Plans made on a table that has just grown are quadratic.
        execute("ANALYZE education_intakerow")
    is_paired = bool(counts.accepted) and matches.find(batch, at=at)
    if counts.accepted:
        _post(batch, at=at)
    if counts.corrected or is_paired:
        _correct(batch, at=at)
    if is_paired:
        matches.tell(batch, at=at)
    return counts


def _batch(feed: Feed, *, provider: Provider, name: str, counts: Counts, at: datetime, by: User | None) -> IntakeBatch:
    return IntakeBatch.objects.create(
        provider=provider,
        name=name[:200],
        sha256=feed.sha256,
        received_by=by,
        started_at=at,
        ended_at=clock.now(),
        lines=counts.lines,
        accepted=counts.accepted,
        corrected=counts.corrected,
        duplicate=counts.duplicate,
        rejected=counts.rejected,
        unmatched=counts.unmatched,
    )


def _post(batch: IntakeBatch, *, at: datetime) -> None:
    execute(sql.INSERT_CREDITS, provider=batch.provider_id, secret=token_bytes())
    execute(
        sql.ALERT_POSTED,
        kind=AlertKind.CREDIT_POSTED,
        batch=batch.pk,
        provider=batch.provider.title,
        one=_("%1$s posted a credit (points: %3$s)"),
        many=_("%1$s posted %2$s credits (points: %3$s)"),
        body=_("It is in your record. Allocate it to a requirement under Check Progress."),
        link=reverse("education:progress"),
        at=at,
    )


def _correct(batch: IntakeBatch, *, at: datetime) -> None:
    """Credits first, then cycles, each in id order: the order in which every writer locks them."""
    execute(sql.LOCK_CREDITS)
    execute(sql.LOCK_CYCLES)
    cycles = _cycles_touched()
    if execute(sql.FIND_CUTS):
        execute(sql.DELETE_CUT_SHARES)
        execute(sql.SHORTEN_CUT_SHARES)
        execute(
            sql.ALERT_CUT,
            kind=AlertKind.SHARES_RELEASED,
            batch=batch.pk,
            provider=batch.provider.title,
            title=_("Allocation reduced: “%s”"),
            body=_("%s corrected this credit to %s points. What was allocated beyond that, newest first, is free."),
            link=reverse("education:progress"),
            at=at,
        )
    execute(sql.UPDATE_CREDITS, provider=batch.provider_id, at=at)
    refresh_status(cycles, at=at)


def _cycles_touched() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.CYCLES_TOUCHED)
        return [cycle for (cycle,) in cursor]


def _kind(counts: dict[str, bool]) -> cells.Reader:
    """A known kind of activity that may count."""
    known = cells.one_of(counts)

    def read(cell: str) -> str:
        code = known(cell)
        if not counts[code]:
            raise ValueError(f"{cells.shown(code)} never counts")
        return code

    return read
