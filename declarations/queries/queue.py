"""The Board's review queue: what is waiting, since when, until when, and its flags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cmp_portal.lib import estimates
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import shortdate
from cmp_portal.lib.keyset import Cursor, Pager, cut
from credentials.models import CredentialType
from declarations.enums import Flag, State
from declarations.models import Declaration, Waiting
from declarations.queries.claims import lease
from declarations.queries.decided import Address, DecidedLine, decided_page, due_day, holder_words
from declarations.queries.flags import flags_now
from declarations.queries.notes import with_an_answer
from declarations.queries.queue_filters import ANSWERED, GROUPS, NONE, QueueFilters
from declarations.rules import UNDECIDED

SIZE = 25
WAITING_COLUMNS = (
    "declaration_id", "due_on", "state", "flags", "credential_type_id", "at_work__taken_by_id",
    "at_work__taken_by__email", "at_work__taken_at", "holder_id", "declaration__number", "declaration__received_on",
    "declaration__holder__first_name", "declaration__holder__last_name", "declaration__holder__customer_number",
)  # fmt: skip


@dataclass(frozen=True)
class FlagMark:
    code: str
    label: str


class Boxes(NamedTuple):
    """Check boxes of a list: whether they are shown, and whether all are checked at first."""

    are_there: bool
    are_ticked: bool


@dataclass(frozen=True)
class QueueLine:
    """A row of the list."""

    pk: int
    number: str
    url: str
    holder: str
    # Credential and state.
    about: str
    received: str
    age: str
    due: str
    is_over: bool
    flags: tuple[FlagMark, ...]
    taken: str
    due_title: str
    has_answer: bool
    # Whether the list has check boxes, whether this one may be checked, and whether it is.
    has_box: bool
    can_tick: bool
    is_ticked: bool


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Filter:
    title: str
    choices: tuple[Choice, ...]
    is_open: bool


@dataclass(frozen=True)
class QueuePage:
    wanted: QueueFilters
    lines: tuple[QueueLine, ...]
    decided: tuple[DecidedLine, ...]
    filters: tuple[Filter, ...]
    pager: Pager
    due_title: str
    has_boxes: bool
    tick_url: str
    clear_url: str
    approve_url: str
    can_tick: bool


def queue_page(
    user: User, *, wanted: QueueFilters, cursor: Cursor | None, at: datetime, ticked: bool, may_decide: bool
) -> QueuePage:
    """One page of the queue, earliest due date first; or of decided declarations, newest first."""
    decided: tuple[DecidedLine, ...] = ()
    lines: tuple[QueueLine, ...] = ()
    types = dict(CredentialType.objects.order_by("code").values_list("pk", "code"))
    if wanted.is_of_decided:
        decided, pager = decided_page(user, wanted, cursor, at=at, size=SIZE)
    else:
        lines, pager = _waiting(user, wanted, cursor, at=at, types=types, boxes=Boxes(may_decide, ticked))
    return QueuePage(
        wanted=wanted,
        lines=lines,
        decided=decided,
        filters=tuple(_filters(wanted, types)),
        pager=pager,
        due_title=due_title(),
        has_boxes=may_decide,
        tick_url="" if ticked else wanted.url(ticked="all", at=str(cursor or "")),
        clear_url=wanted.url(**dict.fromkeys(vars(wanted), "")) if wanted != QueueFilters() else "",
        approve_url=wanted.url(page="admin:declarations_declaration_approve_unflagged"),
        can_tick=any(line.can_tick for line in lines),
    )


def due_title() -> str:
    return _("Due") if settings.REVIEW_DAYS is not None else _("Cycle ends")


def _waiting(
    user: User, wanted: QueueFilters, cursor: Cursor | None, *, at: datetime, types: dict[int, str], boxes: Boxes
) -> tuple[tuple[QueueLine, ...], Pager]:
    rows = waiting(user, wanted, at=at)
    page = cut(rows.values(*WAITING_COLUMNS), day="due_on", key="declaration_id", cursor=cursor, size=SIZE)
    flags = flags_now([Waiting(pk=row["declaration_id"], flags=row["flags"]) for row in page.rows])
    answered = with_an_answer(row["declaration_id"] for row in page.rows)
    pager = Pager(
        previous_url=wanted.url(at=str(page.before)) if page.before else "",
        next_url=wanted.url(at=str(page.after)) if page.after else "",
        text=_count_words(rows),
    )
    words = _Words.now(types, boxes, answered, Address.of_review(wanted, cursor))
    lines = (_waiting_line(row, flags[row["declaration_id"]], user, words, at=at) for row in page.rows)
    return tuple(lines), pager


@dataclass(frozen=True)
class _Words:
    """What is needed for every row, looked up once."""

    address: Address
    types: dict[int, str]
    states: dict[str, str]
    flags: dict[str, FlagMark]
    due_title: str
    boxes: Boxes
    answered: set[int]

    @classmethod
    def now(cls, types: dict[int, str], boxes: Boxes, answered: set[int], address: Address) -> "_Words":
        return cls(
            due_title=due_title(),
            boxes=boxes,
            answered=answered,
            address=address,
            types=types,
            states={state.value: str(state.label) for state in State},
            flags={flag.value: FlagMark(flag.value, str(flag.label)) for flag in Flag},
        )


def waiting(user: User, wanted: QueueFilters, *, at: datetime) -> QuerySet[Waiting]:
    """The waiting declarations that match the filters."""
    rows = Waiting.objects.all()
    if wanted.state:
        group = GROUPS.get(wanted.state)
        rows = rows.filter(group.condition if group else Q(state=wanted.state))
    if wanted.type:
        rows = rows.filter(credential_type=int(wanted.type))
    if wanted.flag:
        rows = rows.filter(flags=[]) if wanted.flag == NONE else rows.filter(flags__contains=[wanted.flag])
    if wanted.due:
        rows = rows.filter(due_on__lt=board_day(at))
    if wanted.taken:
        rows = rows.filter(at_work__taken_by=user) if wanted.taken == "mine" else rows.filter(free(at=at))
    if wanted.decide:
        rows = rows.exclude(holder=user.holder_key)
        # Whatever is submitted is to decide; without this condition, the list is estimated more exactly.
        return rows if wanted.state == State.SUBMITTED else rows.filter(_to_decide(user))
    return rows


def free(*, at: datetime) -> Q:
    """Condition: nobody has an active claim on it."""
    return Q(at_work=None) | Q(at_work__taken_at__lte=at - lease())


def next_waiting(user: User, *, wanted: QueueFilters, after: int | None, at: datetime) -> int | None:
    """The first declaration in the list that the user may decide: after the one with this key, or of all.

    It is unclaimed, unless the list is of the user's own. From a list of what no longer waits, the whole queue follows.
    """
    chosen = QueueFilters() if wanted.is_of_decided else wanted
    rows = waiting(user, replace(chosen, taken=chosen.taken or "free", decide="me"), at=at)
    start = _place_of(after) if after else None
    page = cut(rows.values("due_on", "declaration_id"), day="due_on", key="declaration_id", cursor=start, size=1)
    return page.rows[0]["declaration_id"] if page.rows else None


def _to_decide(user: User) -> Q:
    """Condition: a reviewer's decision is what it waits for, and this reviewer may make it."""
    appealed = Q(state=State.APPEALED)
    if settings.APPEAL_NEEDS_OTHER_EYES:
        appealed &= ~Q(declaration__decided_by=user)
    return reduce(or_, (group.to_decide(user) for group in GROUPS.values()), Q(state=State.SUBMITTED) | appealed)


def _place_of(pk: int) -> Cursor | None:
    """Where in the queue a declaration is, or was before it was decided."""
    days = ("waiting__due_on", "received_on", "cycle__ends_on")
    for due_on, received_on, ends_on in Declaration.objects.filter(pk=pk).values_list(*days):
        if day := due_on or due_day(received_on, ends_on):
            return Cursor(day, pk, False)
    return None


def _count_words(rows: QuerySet[Waiting]) -> str:
    found = estimates.count(rows)
    words = {"count": f"{found.number:,}"}
    if not found.is_exact:
        return _("about %(count)s waiting") % words
    return ngettext("%(count)s waiting", "%(count)s waiting", found.number) % words


def _waiting_line(row: Mapping[str, Any], flags: list[Flag], user: User, words: _Words, *, at: datetime) -> QueueLine:
    pk, on = row["declaration_id"], board_day(at)
    is_own = row["holder_id"] == user.holder_id
    can_tick = words.boxes.are_there and not flags and not is_own and row["state"] == State.SUBMITTED
    return QueueLine(
        pk=pk,
        number=row["declaration__number"],
        url=words.address.of(pk),
        holder=holder_words(row, "declaration__holder__"),
        about=f"{words.types[row['credential_type_id']]} · {words.states[row['state']]}",
        received=shortdate(row["declaration__received_on"]),
        age=_days((on - row["declaration__received_on"]).days),
        due=shortdate(row["due_on"]),
        is_over=row["due_on"] < on,
        flags=tuple(words.flags[flag] for flag in flags),
        taken=_("your own") if is_own else _taken(row, user, at=at),
        due_title=words.due_title,
        has_answer=pk in words.answered,
        has_box=words.boxes.are_there,
        can_tick=can_tick,
        is_ticked=can_tick and words.boxes.are_ticked,
    )


def _taken(row: Mapping[str, Any], user: User, *, at: datetime) -> str:
    taken_at = row["at_work__taken_at"]
    if taken_at is None or taken_at <= at - lease():
        return ""
    return _("you") if row["at_work__taken_by_id"] == user.pk else str(row["at_work__taken_by__email"])


def _days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": f"{days:,}"}


def _filters(wanted: QueueFilters, types: Mapping[int, str]) -> Iterable[Filter]:
    waiting_states = [(str(state.label), state.value) for state in State if state in UNDECIDED]
    waiting_states += [(str(group.label), name) for name, group in GROUPS.items()]
    waiting_states.append((_("Answer waiting"), ANSWERED))
    decided = [(str(state.label), state.value) for state in State if state not in UNDECIDED | {State.DRAFT}]
    yield _filter(wanted, _("State"), "state", [(_("Waiting for the Board"), ""), *waiting_states, *decided])
    if not wanted.is_of_decided:
        flags = [(str(flag.label), flag.value) for flag in Flag if settings.FEES or flag != Flag.UNPAID]
        yield _filter(wanted, _("Flag"), "flag", [(_("All"), ""), (_("No flags"), NONE), *flags])
        yield _filter(wanted, _("Taken by"), "taken", [(_("All"), ""), (_("Mine"), "mine"), (_("Not taken"), "free")])
        yield _filter(wanted, _("Due"), "due", [(_("All"), ""), (_("Overdue"), "over")])
        yield _filter(wanted, _("Decision"), "decide", [(_("All"), ""), (_("Yours to make"), "me")])
    codes = [(code, str(pk)) for pk, code in types.items()]
    yield _filter(wanted, _("Credential"), "type", [(_("All"), ""), *codes])


def _filter(wanted: QueueFilters, title: str, name: str, choices: Iterable[tuple[str, str]]) -> Filter:
    now = getattr(wanted, name)
    lines = tuple(Choice(label, wanted.url(**{name: value, "q": ""}), value == now) for label, value in choices)
    return Filter(title=title, choices=lines, is_open=bool(now) or name in {"state", "flag", "taken"})
