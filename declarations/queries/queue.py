"""The queue of the Board: what waits, since when, until when, and what not to overlook."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cmp_portal.lib import addresses, estimates
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import shortdate
from cmp_portal.lib.keyset import Cursor, cut
from credentials.models import CredentialType
from declarations.enums import Flag, State
from declarations.models import Declaration, Waiting
from declarations.queries.flags import flags_now
from declarations.rules import UNDECIDED
from education.queries.progress import Pager

SIZE = 50
NONE = "none"
NOBODY = "999999999999999999"
WAITING_COLUMNS = (
    "declaration_id", "due_on", "state", "flags", "credential_type__code", "at_work__taken_by_id",
    "at_work__taken_by__email", "at_work__taken_at", "holder_id", "declaration__number", "declaration__received_on",
    "declaration__holder__first_name", "declaration__holder__last_name", "declaration__holder__customer_number",
)  # fmt: skip
DECIDED_COLUMNS = (
    "pk", "received_on", "state", "cycle__credential__credential_type__code", "holder_id", "number", "decided_on",
    "holder__first_name", "holder__last_name", "holder__customer_number",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a reviewer asks the queue for; what is not one of the choices asks for nothing."""

    state: str = ""
    type: str = ""
    flag: str = ""
    taken: str = ""
    due: str = ""
    q: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "Wanted":
        choices: dict[str, Callable[[str], bool]] = {
            "state": lambda text: text in State.values,
            "type": lambda text: text.isascii() and text.isdigit() and len(text) < 10,
            "flag": lambda text: text in {*Flag.values, NONE},
            "taken": lambda text: text in {"mine", "free"},
            "due": lambda text: text == "over",
            "q": lambda text: bool(text),
        }
        texts = {name: said.get(name, "").replace("\0", "").strip()[:80] for name in choices}
        return cls(**{name: text for name, text in texts.items() if choices[name](text)})

    @property
    def is_of_decided(self) -> bool:
        """Whether declarations are asked for that need not wait any more."""
        return bool(self.q) or (self.state != "" and self.state not in UNDECIDED)

    def url(self, **changed: str) -> str:
        """The address of the same list with something else asked for."""
        given = {**vars(self), **changed}
        query = urlencode({name: text for name, text in given.items() if text})
        base = addresses.page("admin:declarations_declaration_changelist")
        return f"{base}?{query}" if query else base


@dataclass(frozen=True)
class FlagMark:
    code: str
    label: str


@dataclass(frozen=True)
class QueueLine:
    """One declaration of the list."""

    pk: int
    number: str
    url: str
    holder: str
    credential: str
    state_label: str
    received: str
    age: str
    due: str
    is_over: bool
    flags: tuple[FlagMark, ...]
    taken: str
    can_tick: bool


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
    wanted: Wanted
    lines: tuple[QueueLine, ...]
    filters: tuple[Filter, ...]
    pager: Pager
    due_title: str
    tick_url: str
    clear_url: str
    can_tick: bool


def queue_page(
    user: User, *, wanted: Wanted, cursor: Cursor | None, at: datetime, ticked: bool, may_decide: bool
) -> QueuePage:
    """Fifty declarations, what is due first on top; the newest on top among those that are decided."""
    found = _decided(wanted, cursor) if wanted.is_of_decided else _waiting(user, wanted, cursor, at=at)
    lines = tuple(found.lines)
    return QueuePage(
        wanted=wanted,
        lines=lines,
        filters=tuple(_filters(wanted)),
        pager=found.pager,
        due_title=_("Due") if settings.REVIEW_DAYS is not None else _("Cycle ends"),
        tick_url="" if ticked else wanted.url(ticked="all", at=str(cursor or "")),
        clear_url=wanted.url(**dict.fromkeys(vars(wanted), "")) if wanted != Wanted() else "",
        can_tick=may_decide and any(line.can_tick for line in lines),
    )


@dataclass(frozen=True)
class _Found:
    lines: Iterable[QueueLine]
    pager: Pager


def _waiting(user: User, wanted: Wanted, cursor: Cursor | None, *, at: datetime) -> _Found:
    rows = waiting(user, wanted, at=at)
    page = cut(rows.values(*WAITING_COLUMNS), day="due_on", key="declaration_id", cursor=cursor, size=SIZE)
    flags = flags_now([Waiting(pk=row["declaration_id"], flags=row["flags"]) for row in page.rows])
    pager = Pager(
        previous_url=wanted.url(at=str(page.before)) if page.before else "",
        next_url=wanted.url(at=str(page.after)) if page.after else "",
        text=_count_words(rows),
    )
    words = _Words.now()
    lines = (_waiting_line(row, flags[row["declaration_id"]], user, words, at=at) for row in page.rows)
    return _Found(lines=tuple(lines), pager=pager)


@dataclass(frozen=True)
class _Words:
    """What every row says, looked up once."""

    url: str
    states: dict[str, str]
    flags: dict[str, FlagMark]

    @classmethod
    def now(cls) -> "_Words":
        return cls(
            url=reverse("admin:declarations_declaration_change", args=[NOBODY]),
            states={state.value: str(state.label) for state in State},
            flags={flag.value: FlagMark(flag.value, str(flag.label)) for flag in Flag},
        )

    def url_of(self, pk: int) -> str:
        return self.url.replace(NOBODY, str(pk))


def waiting(user: User, wanted: Wanted, *, at: datetime) -> QuerySet[Waiting]:
    """What waits and is asked for."""
    rows = Waiting.objects.all()
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.type:
        rows = rows.filter(credential_type=int(wanted.type))
    if wanted.flag:
        rows = rows.filter(flags=[]) if wanted.flag == NONE else rows.filter(flags__contains=[wanted.flag])
    if wanted.due:
        rows = rows.filter(due_on__lt=board_day(at))
    if wanted.taken:
        rows = rows.filter(at_work__taken_by=user) if wanted.taken == "mine" else rows.filter(free(at=at))
    return rows


def free(*, at: datetime) -> Q:
    """That nobody is at work on it."""
    lapsed = at - timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
    return Q(at_work=None) | Q(at_work__taken_at__lte=lapsed)


def next_waiting(user: User, *, after: Waiting | None, at: datetime) -> int | None:
    """The first declaration that waits behind `after`, or of all: nobody's, and not one's own."""
    rows = waiting(user, Wanted(taken="free"), at=at).exclude(holder=user.holder_key)
    start = Cursor(after.due_on, after.pk, False) if after else None
    page = cut(rows.values("due_on", "declaration_id"), day="due_on", key="declaration_id", cursor=start, size=1)
    return page.rows[0]["declaration_id"] if page.rows else None


def _count_words(rows: QuerySet[Waiting]) -> str:
    found = estimates.count(rows)
    words = {"count": f"{found.number:,}"}
    if not found.is_exact:
        return _("about %(count)s wait") % words
    return ngettext("%(count)s waits", "%(count)s wait", found.number) % words


def _waiting_line(row: Mapping[str, Any], flags: list[Flag], user: User, words: _Words, *, at: datetime) -> QueueLine:
    pk, on = row["declaration_id"], board_day(at)
    is_own = row["holder_id"] == user.holder_id
    return QueueLine(
        pk=pk,
        number=row["declaration__number"],
        url=words.url_of(pk),
        holder=_holder(row, "declaration__holder"),
        credential=row["credential_type__code"],
        state_label=words.states[row["state"]],
        received=shortdate(row["declaration__received_on"]),
        age=_days((on - row["declaration__received_on"]).days),
        due=shortdate(row["due_on"]),
        is_over=row["due_on"] < on,
        flags=tuple(words.flags[flag] for flag in flags),
        taken=_("your own") if is_own else _taken(row, user, at=at),
        can_tick=not flags and not is_own and row["state"] == State.SUBMITTED,
    )


def _taken(row: Mapping[str, Any], user: User, *, at: datetime) -> str:
    taken_at = row["at_work__taken_at"]
    if taken_at is None or taken_at <= at - timedelta(minutes=settings.REVIEW_LEASE_MINUTES):
        return ""
    return _("you") if row["at_work__taken_by_id"] == user.pk else str(row["at_work__taken_by__email"])


def _holder(row: Mapping[str, Any], of: str) -> str:
    first, last, number = row[f"{of}__first_name"], row[f"{of}__last_name"], row[f"{of}__customer_number"]
    return f"{first} {last} ({number})"


def _days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def _decided(wanted: Wanted, cursor: Cursor | None) -> _Found:
    """Of one state, or whatever a number finds; the newest first."""
    rows = _searched(wanted.q) if wanted.q else Declaration.objects.filter(state=wanted.state)
    if wanted.type and not wanted.q:
        rows = rows.filter(cycle__credential__credential_type=int(wanted.type))
    if cursor is not None:
        rows = rows.filter(pk__lt=cursor.id)
    found = list(rows.order_by("-pk").values(*DECIDED_COLUMNS)[: SIZE + 1])
    more, found = len(found) > SIZE, found[:SIZE]
    last = Cursor(date(2000, 1, 1), found[-1]["pk"], False) if more else None
    words = _Words.now()
    return _Found(
        lines=tuple(_decided_line(row, words) for row in found),
        pager=Pager(previous_url=wanted.url() if cursor else "", next_url=wanted.url(at=str(last)) if last else ""),
    )


def _searched(text: str) -> QuerySet[Declaration]:
    """By the number of the declaration, or of the holder."""
    return Declaration.objects.filter(Q(number=text.upper()) | Q(holder__customer_number=text))


def _decided_line(row: Mapping[str, Any], words: _Words) -> QueueLine:
    received, decided = row["received_on"], row["decided_on"]
    return QueueLine(
        pk=row["pk"],
        number=row["number"] or _("Draft"),
        url=words.url_of(row["pk"]),
        holder=_holder(row, "holder"),
        credential=row["cycle__credential__credential_type__code"],
        state_label=words.states[row["state"]],
        received=shortdate(received) if received else "",
        age=_days((decided - received).days) if decided and received else "",
        due="",
        is_over=False,
        flags=(),
        taken="",
        can_tick=False,
    )


def _filters(wanted: Wanted) -> Iterable[Filter]:
    waiting_states = [(str(state.label), state.value) for state in State if state in UNDECIDED]
    decided = [(str(state.label), state.value) for state in State if state not in UNDECIDED | {State.DRAFT}]
    yield _filter(wanted, _("State"), "state", [(_("Waiting for the Board"), ""), *waiting_states, *decided])
    if not wanted.is_of_decided:
        flags = [(str(flag.label), flag.value) for flag in Flag]
        yield _filter(wanted, _("Flag"), "flag", [(_("All"), ""), (_("Without any flag"), NONE), *flags])
        yield _filter(
            wanted, _("At work"), "taken", [(_("All"), ""), (_("Mine"), "mine"), (_("Taken by nobody"), "free")]
        )
        yield _filter(wanted, _("Due"), "due", [(_("All"), ""), (_("Overdue"), "over")])
    types = CredentialType.objects.order_by("code").values_list("code", "pk")
    yield _filter(wanted, _("Credential"), "type", [(_("All"), ""), *((code, str(pk)) for code, pk in types)])


def _filter(wanted: Wanted, title: str, name: str, choices: Iterable[tuple[str, str]]) -> Filter:
    now = getattr(wanted, name)
    lines = tuple(Choice(label, wanted.url(**{name: value, "q": ""}), value == now) for label, value in choices)
    return Filter(title=title, choices=lines, is_open=bool(now) or name in {"state", "flag", "taken"})
