"""The auditors' queue, by due date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audits.enums import AuditState
from audits.models import Audit
from audits.queries.audits import with_a_proposal, with_an_answer
from audits.queries.work import ANSWERED, SECOND, asked_for, to_request
from audits.rules.moves import OPEN
from cmp_portal.lib import addresses, estimates
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import shortdate
from cmp_portal.lib.keyset import Cursor, Pager, cut
from declarations.queries.queue import Choice

SIZE = 50
# The most audits whose documents are requested at once.
MANY = 200
LIST = "admin:audits_audit_changelist"
COLUMNS = (
    "pk", "queue_on", "due_on", "state", "auditor__email", "auditor", "holder_id", "holder__first_name",
    "holder__last_name", "holder__customer_number", "declaration__number",
    "declaration__cycle__credential__credential_type__code",
)  # fmt: skip


@dataclass(frozen=True)
class QueueLine:
    """One audit in the queue."""

    pk: int
    url: str
    number: str
    credential: str
    holder: str
    state_label: str
    due: str
    is_over: bool
    auditor: str
    has_answer: bool
    # A second auditor decides whether it fails.
    is_proposed: bool
    # Whether its documents can be requested together with others'.
    can_tick: bool
    is_ticked: bool


class Marked(NamedTuple):
    """Which audits of a page have an answer waiting, and of which a failure is proposed."""

    answered: set[int]
    proposed: set[int]


@dataclass(frozen=True)
class QueuePage:
    lines: tuple[QueueLine, ...]
    choices: tuple[Choice, ...]
    pager: Pager
    select_url: str
    request_url: str
    can_tick: bool
    tick_url: str
    # The button that requests the documents of all, if there are more than on this page.
    all_text: str


def queue_page(
    user: User,
    *,
    state: str,
    mine: bool,
    cursor: Cursor | None,
    at: datetime,
    ticked: bool = False,
    may: bool = False,
) -> QueuePage:
    """One page of the queue, 50 audits; open ones unless a state is chosen."""
    state = known_list(state)
    rows = asked_for(user, state, mine=mine, may=may)
    here = partial(queue_url, state, mine=mine, may=may)
    page = cut(rows.values(*COLUMNS), day="queue_on", key="pk", cursor=cursor, size=SIZE)
    keys = [row["pk"] for row in page.rows]
    marked = Marked(with_an_answer(keys), with_a_proposal(keys))
    lines = tuple(_line(row, user, marked, on=board_day(at), ticked=ticked) for row in page.rows)
    can_tick = any(line.can_tick for line in lines)
    return QueuePage(
        lines=lines,
        choices=tuple(_choices(state, mine=mine, may=may)),
        pager=Pager(
            previous_url=here(at=str(page.before)) if page.before else "",
            next_url=here(at=str(page.after)) if page.after else "",
            text=_count_words(rows),
        ),
        select_url=reverse("admin:audits_audit_select"),
        request_url=here(page="admin:audits_audit_request_many"),
        can_tick=can_tick,
        tick_url="" if ticked else here(at=str(cursor or ""), ticked="all"),
        all_text=_all_words(user, mine=mine) if can_tick and (page.before or page.after) else "",
    )


def known_list(state: str) -> str:
    """The state, if there is such a list."""
    if state == SECOND:
        return state if settings.AUDIT_FAIL_NEEDS_OTHER_EYES else ""
    return state if state in {*AuditState, ANSWERED} else ""


def _all_words(user: User, *, mine: bool) -> str:
    """The button for all; empty where the user may request no more than one."""
    count = to_request(user, mine=mine)[: MANY + 1].count()
    if count < 2:
        return ""
    if count > MANY:
        return _("Request documents for the first %(count)s") % {"count": MANY}
    return _("Request documents for all %(count)s") % {"count": count}


def _count_words(rows: QuerySet[Audit]) -> str:
    found = estimates.count(rows)
    words = {"count": f"{found.number:,}"}
    if not found.is_exact:
        return _("about %(count)s audits") % words
    return ngettext("%(count)s audit", "%(count)s audits", found.number) % words


def _line(row: dict[str, Any], user: User, marked: Marked, *, on: date, ticked: bool) -> QueueLine:
    holder = f"{row['holder__first_name']} {row['holder__last_name']} ({row['holder__customer_number']})"
    is_own = row["holder_id"] == user.holder_id
    auditor = _("you") if row["auditor"] == user.pk else row["auditor__email"] or ""
    is_open = row["state"] in OPEN
    can_tick = row["state"] == AuditState.SELECTED and not is_own
    return QueueLine(
        pk=row["pk"],
        url=reverse("admin:audits_audit_change", args=[row["pk"]]),
        number=row["declaration__number"] or "",
        credential=row["declaration__cycle__credential__credential_type__code"],
        holder=holder,
        state_label=str(AuditState(row["state"]).label),
        due=shortdate(row["due_on"]) if row["due_on"] else "",
        is_over=is_open and row["due_on"] is not None and row["due_on"] < on,
        auditor=_("your own record") if is_own else auditor,
        has_answer=is_open and row["pk"] in marked.answered,
        is_proposed=row["pk"] in marked.proposed,
        can_tick=can_tick,
        is_ticked=can_tick and ticked,
    )


def _choices(state: str, *, mine: bool, may: bool) -> Iterable[Choice]:
    yield Choice(_("All open"), queue_url("", mine=False), not state and not mine)
    yield Choice(_("Mine"), queue_url("", mine=True), mine)
    yield Choice(_("Answer waiting"), queue_url(ANSWERED, mine=False), state == ANSWERED)
    if settings.AUDIT_FAIL_NEEDS_OTHER_EYES:
        yield Choice(_("For you as second auditor"), queue_url(SECOND, mine=False), state == SECOND)
    for one in AuditState:
        yield Choice(str(one.label), queue_url(one.value, mine=False), state == one)
    yield Choice(_("Only those you may audit"), queue_url(state, mine=mine, may=not may), may)


def queue_url(state: str, *, mine: bool, may: bool = False, page: str = LIST, **more: str) -> str:
    """The list with these filters, or another page that returns to it."""
    given = {"state": known_list(state), "mine": "1" if mine else "", "may": "1" if may else "", **more}
    query = urlencode({name: text for name, text in given.items() if text})
    base = addresses.page(page)
    return f"{base}?{query}" if query else base
