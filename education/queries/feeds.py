"""Feeds as shown to the Board: their progress, what became of their lines, and what undoing leaves in place."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.deciding import Fact
from cmp_portal.lib.spreadsheets import csv_lines
from education.enums import FeedState, RowCode, RowOutcome
from education.models import OUTCOMES, Allocation, Credit, IntakeBatch, IntakeRow, Provider

CHUNK = 5_000  # rows in memory at a time
SHOWN = 200
# The fields of a line, in the order in which docs/intake.md lists them for senders.
FIELDS = (
    *("external_id", "customer_number", "title", "kind", "subjects", "completed_on", "points"),
    *("last_name", "birth_month", "status", "updated_at"),
)
TONES = {FeedState.DONE: "success", FeedState.FAILED: "danger", FeedState.UNDONE: "neutral"}


@dataclass(frozen=True)
class ReasonLine:
    words: str
    count: str
    url: str


@dataclass(frozen=True)
class StayedLine:
    title: str
    holder: str
    url: str


@dataclass(frozen=True)
class FeedPage:
    """A feed; while the worker is processing it, `done` of `of` is its progress."""

    state_label: str
    is_moving: bool
    done: int
    of: int
    progress_text: str
    failure: str
    facts: tuple[Fact, ...]
    counts: tuple[Fact, ...]
    reasons: tuple[ReasonLine, ...]
    rejected_url: str
    undo_url: str
    upload_url: str
    stayed: tuple[StayedLine, ...]
    stayed_text: str


def feed_state(batch: IntakeBatch) -> FeedState:
    if batch.failure:
        return FeedState.FAILED
    if batch.undone_at:
        return FeedState.UNDONE
    if batch.undo_asked_at:
        return FeedState.UNDOING
    if batch.ended_at:
        return FeedState.DONE
    return FeedState.WAITING if batch.expected is None else FeedState.RUNNING


def feed_page(batch: IntakeBatch, *, may_keep: bool) -> FeedPage:
    state = feed_state(batch)
    done, of = _progress(batch, state)
    stayed = _stayed(batch) if state == FeedState.UNDONE else Credit.objects.none()
    return FeedPage(
        state_label=str(state.label),
        is_moving=state in {FeedState.WAITING, FeedState.RUNNING, FeedState.UNDOING},
        done=done,
        of=of,
        progress_text=_("%(done)s of %(of)s") % {"done": f"{done:,}", "of": f"{of:,}"},
        failure=batch.failure,
        facts=tuple(_facts(batch)),
        counts=tuple(_counts(batch)),
        reasons=tuple(_reasons(batch)),
        rejected_url=reverse("admin:education_intakebatch_rejected", args=[batch.pk]) if batch.rejected else "",
        undo_url=_undo_url(batch) if may_keep and state == FeedState.DONE else "",
        upload_url=reverse("admin:education_intakebatch_add") if may_keep and state == FeedState.FAILED else "",
        stayed=tuple(map(_stayed_line, stayed[:SHOWN])),
        stayed_text=_stayed_words(batch, stayed.count()) if state == FeedState.UNDONE else "",
    )


def _undo_url(batch: IntakeBatch) -> str:
    return reverse("admin:education_intakebatch_undo", args=[batch.pk])


def _progress(batch: IntakeBatch, state: FeedState) -> tuple[int, int]:
    if state == FeedState.UNDOING:
        return batch.undone, batch.undone + Credit.objects.filter(batch=batch).count()
    return batch.lines, batch.expected or 0


def _facts(batch: IntakeBatch) -> Iterator[Fact]:
    yield Fact(_("Provider"), batch.provider.title)
    yield Fact(_("Received"), longmoment(batch.started_at))
    if batch.received_by:
        yield Fact(_("Uploaded by"), batch.received_by.get_full_name())
    if batch.ended_at:
        yield Fact(_("Ended"), longmoment(batch.ended_at))
    elif (last := batch.chunks.aggregate(at=Max("taken_at"))["at"]) is not None:
        yield Fact(_("Last receipt"), longmoment(last))
    if batch.undo_asked_at and batch.undo_asked_by:
        yield Fact(_("Undo requested"), f"{longmoment(batch.undo_asked_at)}, {batch.undo_asked_by.get_full_name()}")
    if batch.undone_at:
        yield Fact(_("Undone"), longmoment(batch.undone_at))
        yield Fact(_("Credits undone"), f"{batch.undone:,}")
    yield Fact(_("SHA-256 of the file"), batch.sha256)


def _counts(batch: IntakeBatch) -> Iterator[Fact]:
    yield Fact(_("Lines"), f"{batch.lines:,}")
    yield Fact(_("Accepted: new credits"), f"{batch.accepted:,}")
    yield Fact(_("Corrected: credits that now say something different"), f"{batch.corrected:,}")
    yield Fact(_("Duplicate: nothing new"), f"{batch.duplicate:,}")
    yield Fact(_("Rejected"), f"{batch.rejected:,}")
    yield Fact(_("Unmatched: holder not certain"), f"{batch.unmatched:,}")


def _reasons(batch: IntakeBatch) -> Iterator[ReasonLine]:
    """Why lines could not be used, most frequent first, with the number settled since."""
    found = (
        batch.rows.values("code").annotate(count=Count("id"), settled=Count("resolved_at")).order_by("-count", "code")
    )
    for one in found:
        settled = _(", %(count)s of them settled") % {"count": f"{one['settled']:,}"} if one["settled"] else ""
        url = f"{reverse('admin:education_intakerow_changelist')}?batch__id__exact={batch.pk}&code__exact={one['code']}"
        yield ReasonLine(str(RowCode(one["code"]).label), f"{one['count']:,}{settled}", url)


def _stayed(batch: IntakeBatch) -> QuerySet[Credit]:
    return Credit.objects.filter(batch=batch).select_related("holder").order_by("id")


def _stayed_line(credit: Credit) -> StayedLine:
    return StayedLine(credit.title, str(credit.holder), reverse("admin:education_credit_change", args=[credit.pk]))


def _stayed_words(batch: IntakeBatch, count: int) -> str:
    if not count and _updated_since(batch, own=0):
        return _("Everything from this feed was undone, except lines that were updated later.")
    if not count:
        return _("Everything from this feed was undone.")
    stay = ngettext(
        "%(count)s credit is part of a declaration and stays as it was declared.",
        "%(count)s credits are part of a declaration and stay as they were declared.",
        count,
    )
    words = stay % {"count": f"{count:,}"}
    return words if count <= SHOWN else _("%(words)s The first %(shown)s:") % {"words": words, "shown": SHOWN}


@dataclass(frozen=True)
class UndoPage:
    facts: tuple[Fact, ...]
    back_url: str


def undo_page(batch: IntakeBatch) -> UndoPage:
    """What undoing the feed would revert, and what would stay."""
    own = Credit.objects.filter(batch=batch)
    frozen = Allocation.objects.filter(credit=OuterRef("pk"), cycle__shares_frozen_at__isnull=False)
    total, declared = own.count(), own.filter(Exists(frozen)).count()
    return UndoPage(
        facts=(
            Fact(_("Credits that return to their previous version or are withdrawn"), f"{total - declared:,}"),
            Fact(_("Credits that stay because they are part of a declaration"), f"{declared:,}"),
            Fact(_("Lines that were updated later"), f"{_updated_since(batch, own=total):,}"),
            Fact(_("Lines that no longer wait for a holder"), f"{batch.rows.waiting().count():,}"),
        ),
        back_url=reverse("admin:education_intakebatch_change", args=[batch.pk]),
    )


def _updated_since(batch: IntakeBatch, *, own: int) -> int:
    """How many lines a later one replaced; `own` is the number of credits that still say what the feed said."""
    return max(0, batch.accepted + batch.corrected + _applied_later(batch) - batch.undone - own)


def _applied_later(batch: IntakeBatch) -> int:
    """How many lines could not be used at first, but were applied since, as the history of their credits says."""
    said = Credit.objects.filter(
        holder=OuterRef("resolved_to"),
        events__provider=batch.provider_id,
        events__external_id=OuterRef("external_id"),
        events__batch=batch,
    )
    return batch.rows.filter(Exists(said)).count()


def rejected_csv(batch: IntakeBatch) -> Iterator[str]:
    """The rejected lines as received, with line number and reason, except those corrected since."""
    rows = IntakeRow.objects.filter(batch=batch, outcome=RowOutcome.REJECTED, resolved_at=None).order_by("line")
    first = rows.first()
    columns = [one for one in FIELDS if one in first.record] if first else []
    found = rows.values_list("line", "reason", "record").iterator(CHUNK)
    lines = ([str(line), reason, *(record.get(one, "") for one in columns)] for line, reason, record in found)
    return csv_lines(["line", "reason", *columns], lines)


def provider_figures(provider: Provider) -> tuple[Fact, ...]:
    """The totals of what a provider has delivered."""
    sums = provider.batches.aggregate(
        feeds=Count("id"),
        last=Max("started_at"),
        undone=Count("undone_at"),
        **{one: Sum(one, default=0) for one in ("lines", *OUTCOMES)},
    )
    waiting = IntakeRow.objects.waiting().filter(batch__provider=provider).count()
    told = [
        Fact(_("Feeds"), f"{sums['feeds']:,}"),
        Fact(_("Last feed"), longdate(board_day(sums["last"])) if sums["last"] else _("none")),
        Fact(_("Feeds undone"), f"{sums['undone']:,}"),
        Fact(_("Lines"), f"{sums['lines']:,}"),
        Fact(_("Accepted"), f"{sums['accepted']:,}"),
        Fact(_("Corrected"), f"{sums['corrected']:,}"),
        Fact(_("Duplicate"), f"{sums['duplicate']:,}"),
        Fact(_("Rejected"), f"{sums['rejected']:,} ({_share(sums['rejected'], sums['lines'])})"),
        Fact(_("Unmatched"), f"{sums['unmatched']:,} ({_share(sums['unmatched'], sums['lines'])})"),
        Fact(_("Still waiting for a holder"), f"{waiting:,}"),
    ]
    return tuple(told)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0%"
