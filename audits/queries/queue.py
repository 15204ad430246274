"""The auditors' queue, by due date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import DateField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audits.enums import AuditState
from audits.models import Audit
from audits.models.audits import NEVER_DUE
from audits.queries.audits import answered, with_a_proposal, with_an_answer
from audits.rules.moves import DECIDED, OPEN
from cmp_portal.lib import addresses, estimates
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import shortdate
from cmp_portal.lib.keyset import Cursor, cut
from declarations.enums import State
from declarations.queries.queue import Choice
from education.queries.progress import Pager

SIZE = 50
ANSWERED = "answered"
COLUMNS = (
    "pk", "queue_on", "due_on", "state", "auditor__email", "auditor", "holder_id", "holder__first_name",
    "holder__last_name", "holder__customer_number", "declaration__number",
    "declaration__cycle__credential__credential_type__code",
)  # fmt: skip


@dataclass(frozen=True)
class QueueLine:
    """One audit in the queue."""

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


def queue_page(user: User, *, state: str, mine: bool, cursor: Cursor | None, at: datetime) -> QueuePage:
    """One page of the queue, 50 audits; open ones unless a state is chosen."""
    state = state if state in {*AuditState, ANSWERED} else ""
    rows = _asked_for(user, state, mine=mine)
    page = cut(rows.values(*COLUMNS), day="queue_on", key="pk", cursor=cursor, size=SIZE)
    keys = [row["pk"] for row in page.rows]
    marked = Marked(with_an_answer(keys), with_a_proposal(keys))
    return QueuePage(
        lines=tuple(_line(row, user, marked, on=board_day(at)) for row in page.rows),
        choices=tuple(_choices(state, mine=mine)),
        pager=Pager(
            previous_url=_url(state, mine=mine, at=str(page.before)) if page.before else "",
            next_url=_url(state, mine=mine, at=str(page.after)) if page.after else "",
            text=_count_words(rows),
        ),
        select_url=reverse("admin:audits_audit_select"),
    )


def _asked_for(user: User, state: str, *, mine: bool) -> QuerySet[Audit]:
    due = Coalesce("due_on", Value(NEVER_DUE), output_field=DateField())
    rows = Audit.objects.annotate(queue_on=due)
    if state == ANSWERED:
        rows = rows.filter(pk__in=answered().values("pk"))
    rows = rows.filter(state=state) if state in AuditState else rows.filter(state__in=sorted(OPEN))
    if state not in DECIDED:
        # Left out: an audit that is paused, or whose declaration was withdrawn. Nobody can act on it.
        rows = rows.filter(declaration__state=State.UNDER_AUDIT)
    return rows.filter(auditor=user) if mine else rows


def _count_words(rows: QuerySet[Audit]) -> str:
    found = estimates.count(rows)
    words = {"count": f"{found.number:,}"}
    if not found.is_exact:
        return _("about %(count)s audits") % words
    return ngettext("%(count)s audit", "%(count)s audits", found.number) % words


def _line(row: dict[str, Any], user: User, marked: Marked, *, on: date) -> QueueLine:
    holder = f"{row['holder__first_name']} {row['holder__last_name']} ({row['holder__customer_number']})"
    is_own = row["holder_id"] == user.holder_id
    auditor = _("you") if row["auditor"] == user.pk else row["auditor__email"] or ""
    is_open = row["state"] in OPEN
    return QueueLine(
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
    )


def _choices(state: str, *, mine: bool) -> Iterable[Choice]:
    yield Choice(_("All open"), _url("", mine=False), not state and not mine)
    yield Choice(_("Mine"), _url("", mine=True), mine)
    yield Choice(_("Answer waiting"), _url(ANSWERED, mine=False), state == ANSWERED)
    for one in AuditState:
        yield Choice(str(one.label), _url(one.value, mine=False), state == one)


def _url(state: str, *, mine: bool, at: str = "") -> str:
    given = {"state": state, "mine": "1" if mine else "", "at": at}
    query = urlencode({name: text for name, text in given.items() if text})
    base = addresses.page("admin:audits_audit_changelist")
    return f"{base}?{query}" if query else base
