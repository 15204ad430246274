"""Receiving a feed: lines are staged; then each chunk is judged, posted or applied as corrections, and receipted."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_each_language
from cmp_portal.lib import clock
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.feeds import staging
from cmp_portal.lib.feeds.progress import SILENT, Progress
from cmp_portal.lib.feeds.records import Records
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.feeds.staging import Counts
from cmp_portal.lib.statements import execute, first_column
from education.actions.intake import matches, sql
from education.actions.status import refresh_status
from education.actions.webhooks.outbox import tell_taken
from education.models import OUTCOMES, IntakeBatch, Provider

CHUNK = 20_000
GROWTH = 0.2  # share of the table that a chunk must add before statistics are refreshed
# A chunk is sorted several times, which is cheap in memory; chunks are equally large however long the feed is.
MEMORY = "SET LOCAL work_mem = '64MB'"
SCRATCH = ("found", "cut", *matches.SCRATCH)


class UndoneFeed(UnusableFile):
    """A feed arrives again, or is still being received, after the Board has asked to undo it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of the lines this time; the batch keeps the outcome of the first time."""

    batch: IntakeBatch
    counts: Counts


def receive(
    *,
    feed: Records,
    provider: Provider,
    name: str,
    at: datetime,
    by: User | None = None,
    progress: Progress = SILENT,
) -> Receipt:
    """Receives a feed of `columns()`: a file from `mappings.opened`, or rows of a program from `mappings.Rows`.

    Each chunk is posted together with its receipt, or not at all. The same digest again resumes where it was
    interrupted; once complete, it changes nothing, except for lines whose holder is now known. Raises UnusableFile if
    nothing is usable.
    """
    with staging.arrived(feed, progress):
        batch = _batch_of(feed, provider=provider, name=name, at=at, by=by)
        chunks = staging.place(key=sql.KEY, chunk_lines=batch.chunk_lines)
        receipts = {} if batch.ended_at else _receipts(batch)
        lines = sum(chunks.values())
        IntakeBatch.objects.filter(pk=batch.pk, expected=None).update(expected=lines)
        total = Counts()
        for chunk in chunks:
            if chunk not in receipts:
                receipts[chunk] = _take(batch, chunk, feed, is_only=len(chunks) == 1, at=at)
            total += receipts[chunk]
            progress.show(total.lines, total.lines, of=lines)
        progress.clear()
    return Receipt(_ended(batch, chunks=len(chunks)), total)


@transaction.atomic
def _batch_of(feed: Records, *, provider: Provider, name: str, at: datetime, by: User | None) -> IntakeBatch:
    """Gets or creates the batch of this digest."""
    values = {"name": name[:200], "received_by": by, "started_at": at, "chunk_lines": CHUNK}
    batch, _created = IntakeBatch.objects.get_or_create(
        provider=provider, sha256=feed.sha256, chunk_lines__gt=0, defaults=values
    )
    _refuse_undone(batch)
    return batch


def _refuse_undone(batch: IntakeBatch) -> None:
    if batch.undo_asked_at:
        day = longdate(clock.board_day(batch.undo_asked_at))
        raise UndoneFeed(f"the Board undid this feed on {day}; send its contents as a new feed")


def _receipts(batch: IntakeBatch) -> dict[int, Counts]:
    return {number: Counts(*counts) for number, *counts in batch.chunks.values_list("number", *OUTCOMES)}


@transaction.atomic
def _take(batch: IntakeBatch, chunk: int, feed: Records, *, is_only: bool, at: datetime) -> Counts:
    """Processes a chunk with all its effects; a concurrent run of the same chunk waits, and then finds nothing new."""
    execute(MEMORY)
    staging.stage_chunk(chunk, [column.name for column in feed.columns], scratch=SCRATCH)
    lock(batch.provider)
    batch.refresh_from_db(fields=["undo_asked_at"])
    _refuse_undone(batch)
    is_first = not batch.ended_at and not batch.chunks.filter(number=chunk).exists()
    counts = merge(batch, tag=_tag(batch, chunk, is_first=is_first, at=at), at=at)
    if is_first:
        execute(sql.RECEIPT, batch=batch.pk, number=chunk, is_only=is_only, at=at)
        IntakeBatch.objects.filter(pk=batch.pk).update(
            lines=F("lines") + counts.lines, **{one: F(one) + getattr(counts, one) for one in OUTCOMES}
        )
    return counts


def lock(provider: Provider) -> None:
    """Advisory lock that serializes the feeds of a provider; held until the end of the transaction."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended('intake of credits', %(provider)s))", provider=provider.pk)


def _tag(batch: IntakeBatch, chunk: int, *, is_first: bool, at: datetime) -> str:
    """Names the alerts of a chunk, so that each is sent once: all lines of a holder are in one chunk."""
    return f"{batch.pk}.{chunk}" if is_first else f"{batch.pk}.{chunk}.{at:%Y%m%d%H%M%S}"


def merge(batch: IntakeBatch, *, tag: str, at: datetime, keep_refused: bool = True) -> Counts:
    """Judges the staged lines and applies them; the caller holds the lock on the provider's feeds.

    Refused lines are stored with the batch, unless they already are (`keep_refused` is False).
    """
    counts = _judge(batch.provider)
    if counts.accepted or counts.corrected or counts.duplicate:
        execute(sql.RESOLVE_ROWS, provider=batch.provider_id, at=at)
    if batch.ended_at:
        execute(sql.RESOLVE_REFUSED, batch=batch.pk, at=at)
    if (
        keep_refused
        and (counts.rejected or counts.unmatched)
        and execute(sql.KEEP_ROWS, batch=batch.pk, provider=batch.provider_id)
    ):
        # With outdated statistics on a table that has just grown, query plans become quadratic.
        execute("ANALYZE education_intakerow")
    is_paired = bool(counts.accepted) and matches.find(batch, at=at)
    if counts.accepted:
        _post(batch, tag=tag, is_paired=is_paired, at=at)
    if counts.corrected or counts.duplicate or is_paired:
        _correct(batch, tag=tag, at=at)
    if is_paired:
        matches.tell(batch, tag=tag, at=at)
    tell_taken(batch, at=at, refused=keep_refused)
    return counts


def _judge(provider: Provider) -> Counts:
    """Decides what becomes of each staged line; the counts by outcome."""
    execute(sql.HOLDERS, provider=provider.pk)
    execute(
        sql.JUDGE,
        provider=provider.pk,
        approved_from=provider.approved_from,
        approved_until=provider.approved_until,
        other_holder=_("external_id: belongs to another holder"),
        nothing_posted=_(
            "external_id: nothing was posted with this identifier before, so there is nothing to withdraw; check"
            " the identifier, or send the withdrawal with all fields"
        ),
        contradiction=_("updated_at: another line with the same time says something different"),
        outside_approval=_("completed_on: the provider was not approved on this day"),
    )
    execute("ANALYZE judged")
    counts = staging.counted()
    if counts.unmatched and execute(sql.SETTLED, provider=provider.pk):
        counts = staging.counted()
    return counts


def _post(batch: IntakeBatch, *, tag: str, is_paired: bool, at: datetime) -> None:
    count = execute(sql.INSERT_CREDITS, provider=batch.provider_id, batch=batch.pk, secret=token_bytes(), at=at)
    if count > GROWTH * _credits_known():
        # With outdated statistics on a table that has just grown, query plans become quadratic.
        execute("ANALYZE education_credit")
    execute(
        sql.alert_posted(is_paired=is_paired),
        kind=AlertKind.CREDIT_POSTED,
        tag=tag,
        provider=batch.provider.title,
        one=in_each_language(lambda: _("%1$s posted “%4$s” (%3$s)")),
        many=in_each_language(lambda: _("%1$s posted %2$s credits (%3$s)")),
        body=in_each_language(lambda: _("It is in your record. Allocate it to a requirement under Check Progress.")),
        bodies=in_each_language(
            lambda: _("They are in your record. Allocate them to requirements under Check Progress.")
        ),
        link=reverse("education:progress"),
        at=at,
    )


def _credits_known() -> float:
    """The planner's estimate of the number of credits."""
    return float(first_column("SELECT reltuples FROM pg_class WHERE oid = 'education_credit'::regclass")[0])


def _correct(batch: IntakeBatch, *, tag: str, at: datetime) -> None:
    """Locks credits first, then cycles, each in id order: the lock order that every writer keeps."""
    if not execute(sql.LOCK_CREDITS):
        return
    execute(sql.LOCK_CYCLES)
    cycles = cycles_touched()
    if execute(sql.FIND_CUTS):
        execute(sql.DELETE_CUT_SHARES)
        execute(sql.SHORTEN_CUT_SHARES)
        execute(
            sql.alert_cut(),
            kind=AlertKind.SHARES_RELEASED,
            tag=tag,
            provider=batch.provider.title,
            title=in_each_language(lambda: _("Allocation reduced: “%s”")),
            body=in_each_language(
                lambda: _("%s corrected this credit to %s. Points allocated beyond that were released, newest first.")
            ),
            gone=in_each_language(lambda: _("%s withdrew this credit. The points allocated from it were released.")),
            link=reverse("education:progress"),
            at=at,
        )
    execute(sql.UPDATE_CREDITS, provider=batch.provider_id, batch=batch.pk, at=at)
    execute(sql.CONFIRM_CREDITS)
    refresh_status(cycles, at=at)


def cycles_touched() -> list[int]:
    return first_column(sql.CYCLES_TOUCHED)


def _ended(batch: IntakeBatch, *, chunks: int) -> IntakeBatch:
    """The batch as it is now; it has ended once all chunks have a receipt, whoever wrote the last one."""
    if batch.ended_at is None and batch.chunks.count() == chunks:
        IntakeBatch.objects.filter(pk=batch.pk, ended_at=None).update(ended_at=clock.now())
    batch.refresh_from_db()
    return batch
