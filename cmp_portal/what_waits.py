"""What waits for the Board's staff: the queues that a person may act on, each with its length, in one query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import IntegerField, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission, RequestState
from accounts.models import Change, Letter, User
from audits.enums import AuditState
from audits.queries import rounds_to_draw
from audits.queries.work import ANSWERED, SECOND, asked_for
from cmp_portal.lib import addresses
from credentials.enums import ClaimState
from credentials.models import Claim, SynchronisationRequest
from declarations.enums import FeeState, State
from declarations.models import Fee
from declarations.queries import QueueFilters, answers_for, waiting
from declarations.rules.fees import WITHOUT_DECLARATION
from education.enums import DisputeState, MatchState
from education.models import Dispute, IntakeRow, Match

# Longer queues are not counted to their end.
MOST = 1000


class Queue(NamedTuple):
    """A queue: its rows for one person, and the list that shows these rows."""

    title: Any
    rows: "QuerySet[Any]"
    desk: str
    chosen: Mapping[str, str]


@dataclass(frozen=True)
class WaitingLine:
    title: str
    count: str
    url: str


@dataclass(frozen=True)
class WhatWaits:
    """The queues of one person that are not empty; `has_queues` is false for those who act on none."""

    lines: tuple[WaitingLine, ...]
    has_queues: bool


class _Capped(Subquery):
    """The number of rows, counted no further than one beyond `MOST`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, rows: "QuerySet[Any]") -> None:
        super().__init__(rows.order_by().values("pk")[: MOST + 1])


def _queues(user: User, *, at: datetime) -> Iterator[Queue]:
    """The queues that the user may act on, in the order of the page."""
    if user.may(Permission.REVIEW):
        yield from _of_reviewers(user, at=at)
    if user.may(Permission.AUDIT):
        yield from _of_auditors(user, at=at)
    if user.may(Permission.REGISTER):
        yield from _of_the_register()
    if user.may(Permission.FEES) and settings.FEES:
        yield _without_declaration()


def _of_reviewers(user: User, *, at: datetime) -> Iterator[Queue]:
    yield _to_decide(_("Declarations to review"), user, at=at, state=State.SUBMITTED)
    if settings.REVIEW_DAYS is not None:
        yield _to_decide(_("Declarations whose review is overdue"), user, at=at, state=State.SUBMITTED, due="over")
    answers = answers_for(user)
    yield _declarations(_("Declarations with an answer from the holder"), answers, {"state": "answered"})
    yield _to_decide(_("Declarations that passed their audit: approve them"), user, at=at, state="audit_passed")
    yield _to_decide(_("Appeals to decide"), user, at=at, state=State.APPEALED)


def _to_decide(title: Any, user: User, *, at: datetime, **chosen: str) -> Queue:
    """Of the declarations in the chosen list, those that the user may decide."""
    chosen |= {"decide": "me"}
    return _declarations(title, waiting(user, QueueFilters(**chosen), at=at), chosen)


def _declarations(title: Any, rows: "QuerySet[Any]", chosen: dict[str, str]) -> Queue:
    return Queue(title, rows, "declarations_declaration", chosen)


def _of_auditors(user: User, *, at: datetime) -> Iterator[Queue]:
    yield Queue(_("Audit rounds to draw"), rounds_to_draw(at=at), "audits_round", {"stage": "to_draw"})
    yield _audits(_("Audits to start: request the documents"), user, AuditState.SELECTED)
    yield _audits(_("Audits with documents to review"), user, AuditState.RECEIVED)
    yield _audits(_("Audits under review"), user, AuditState.UNDER_REVIEW)
    if settings.AUDIT_FAIL_NEEDS_OTHER_EYES:
        yield _audits(_("Audits to decide as the second auditor"), user, SECOND)
    yield _audits(_("Audits with an answer from the holder"), user, ANSWERED)


def _audits(title: Any, user: User, state: str) -> Queue:
    """Of the audits in the list, those that the user may audit."""
    return Queue(title, asked_for(user, state, may=True), "audits_audit", {"state": state, "may": "1"})


def _of_the_register() -> Iterator[Queue]:
    claims = Claim.objects.filter(state=ClaimState.CONTESTED)
    yield Queue(_("Claims to decide"), claims, "credentials_claim", {"state__exact": ClaimState.CONTESTED})
    changes, is_open = Change.objects.filter(state=RequestState.OPEN), {"state__exact": RequestState.OPEN}
    yield Queue(_("Requests to change the register"), changes, "accounts_change", is_open)
    alignments = SynchronisationRequest.objects.filter(state=RequestState.OPEN)
    yield Queue(_("Requests to align cycles"), alignments, "credentials_synchronisationrequest", is_open)
    disputes = Dispute.objects.filter(state=DisputeState.OPEN)
    yield Queue(_("Disputes to answer"), disputes, "education_dispute", {"state__exact": DisputeState.OPEN})
    pairs, doubtful = Match.objects.waiting(), {"state__exact": MatchState.DOUBTFUL}
    yield Queue(_("Possible duplicates to decide"), pairs, "education_match", doubtful)
    lines = IntakeRow.objects.waiting()
    yield Queue(_("Feed lines without a holder"), lines, "education_intakerow", {"lines": "waiting"})
    yield Queue(_("Letters that failed"), Letter.objects.failed(), "accounts_letter", {"delivery": "failed"})


def _without_declaration() -> Queue:
    fees = Fee.objects.filter(state=FeeState.PAID, declaration__state__in=WITHOUT_DECLARATION)
    title = _("Fees paid without a declaration: ask for it, or refund them")
    return Queue(title, fees, "declarations_fee", {"declaration": "missing"})


def what_waits(user: User, *, at: datetime) -> WhatWaits:
    """The queues that the user may act on and that are not empty."""
    queues = list(_queues(user, at=at))
    if not queues:
        return WhatWaits(lines=(), has_queues=False)
    counts = User.objects.filter(pk=user.pk).values_list(*(_Capped(queue.rows) for queue in queues)).get()
    lines = (_line(queue, count) for queue, count in zip(queues, counts, strict=True) if count)
    return WhatWaits(lines=tuple(lines), has_queues=True)


def _line(queue: Queue, count: int) -> WaitingLine:
    text = f"{MOST:,}+" if count > MOST else f"{count:,}"
    address = addresses.page(f"admin:{queue.desk}_changelist")
    return WaitingLine(title=str(queue.title), count=text, url=f"{address}?{urlencode(queue.chosen)}")
