"""What waits for the Board's staff: the queues that a person may act on, each with its length, in one query."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import IntegerField, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission, RequestState
from accounts.models import Change, Letter, User
from audits.enums import AuditState
from audits.models import Audit
from audits.queries import for_second_auditor, rounds_to_draw
from audits.queries.audits import answered as audits_answered
from audits.queries.work import SECOND
from audits.rules.moves import OPEN
from cmp_portal.lib import addresses, clock
from credentials.enums import ClaimState
from credentials.models import Claim, SynchronisationRequest
from declarations.enums import FeeState, State
from declarations.models import Declaration, Fee, Waiting
from declarations.queries import QueueFilters, waiting
from declarations.queries import answered as declarations_answered
from declarations.rules.fees import WITHOUT_DECLARATION
from education.enums import DisputeState, MatchState
from education.models import Dispute, IntakeRow, Match

# Longer queues are not counted to their end.
MOST = 1000


class Queue(NamedTuple):
    """A queue: who acts on it, its rows for a person on a day, and the list that shows these rows."""

    title: Any
    permission: Permission
    rows: Callable[[User, date], "QuerySet[Any]"]
    desk: str
    chosen: dict[str, str]


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


def _declarations(title: Any, state: State) -> Queue:
    rows = Declaration.objects.filter(state=state)
    return Queue(title, Permission.REVIEW, lambda user, on: rows, "declarations_declaration", {"state": state})


def _audits(title: Any, state: AuditState) -> Queue:
    rows = Audit.objects.filter(state=state, declaration__state=State.UNDER_AUDIT)
    return Queue(title, Permission.AUDIT, lambda user, on: rows, "audits_audit", {"state": state})


def _register(title: Any, rows: "QuerySet[Any]", desk: str, **chosen: str) -> Queue:
    return Queue(title, Permission.REGISTER, lambda user, on: rows, desk, chosen)


def _queues() -> Iterator[Queue]:
    """All queues, in the order of the page."""
    yield _declarations(_("Declarations to review"), State.SUBMITTED)
    if settings.REVIEW_DAYS is not None:
        yield Queue(
            _("Declarations whose review is overdue"),
            Permission.REVIEW,
            lambda user, on: Waiting.objects.filter(state=State.SUBMITTED, due_on__lt=on),
            "declarations_declaration",
            {"state": State.SUBMITTED, "due": "over"},
        )
    yield Queue(
        _("Declarations with an answer from the holder"),
        Permission.REVIEW,
        lambda user, on: declarations_answered(),
        "declarations_declaration",
        {"state": "answered"},
    )
    yield Queue(
        _("Declarations that passed their audit: approve them"),
        Permission.REVIEW,
        lambda user, on: waiting(user, QueueFilters(state="audit_passed", decide="me"), at=clock.now()),
        "declarations_declaration",
        {"state": "audit_passed", "decide": "me"},
    )
    yield Queue(
        _("Appeals to decide"),
        Permission.REVIEW,
        lambda user, on: waiting(user, QueueFilters(state=State.APPEALED, decide="me"), at=clock.now()),
        "declarations_declaration",
        {"state": State.APPEALED, "decide": "me"},
    )
    yield Queue(
        _("Audit rounds to draw"),
        Permission.AUDIT,
        lambda user, on: rounds_to_draw(at=clock.now()),
        "audits_round",
        {"stage": "to_draw"},
    )
    yield _audits(_("Audits to start: request the documents"), AuditState.SELECTED)
    yield _audits(_("Audits with documents to review"), AuditState.RECEIVED)
    yield _audits(_("Audits under review"), AuditState.UNDER_REVIEW)
    if settings.AUDIT_FAIL_NEEDS_OTHER_EYES:
        yield Queue(
            _("Audits to decide as the second auditor"),
            Permission.AUDIT,
            lambda user, on: for_second_auditor(user),
            "audits_audit",
            {"state": SECOND},
        )
    yield Queue(
        _("Audits with an answer from the holder"),
        Permission.AUDIT,
        lambda user, on: audits_answered().filter(state__in=sorted(OPEN), declaration__state=State.UNDER_AUDIT),
        "audits_audit",
        {"state": "answered"},
    )
    yield from _of_the_register()
    if settings.FEES:
        yield Queue(
            _("Fees paid without a declaration: ask for it, or refund them"),
            Permission.FEES,
            lambda user, on: Fee.objects.filter(state=FeeState.PAID, declaration__state__in=WITHOUT_DECLARATION),
            "declarations_fee",
            {"declaration": "missing"},
        )


def _of_the_register() -> Iterator[Queue]:
    claims = Claim.objects.filter(state=ClaimState.CONTESTED)
    yield _register(_("Claims to decide"), claims, "credentials_claim", state__exact=ClaimState.CONTESTED)
    changes = Change.objects.filter(state=RequestState.OPEN)
    yield _register(_("Requests to change the register"), changes, "accounts_change", state__exact=RequestState.OPEN)
    alignments = SynchronisationRequest.objects.filter(state=RequestState.OPEN)
    desk = "credentials_synchronisationrequest"
    yield _register(_("Requests to align cycles"), alignments, desk, state__exact=RequestState.OPEN)
    disputes = Dispute.objects.filter(state=DisputeState.OPEN)
    yield _register(_("Disputes to answer"), disputes, "education_dispute", state__exact=DisputeState.OPEN)
    pairs = Match.objects.waiting()
    yield _register(_("Possible duplicates to decide"), pairs, "education_match", state__exact=MatchState.DOUBTFUL)
    lines = IntakeRow.objects.waiting()
    yield _register(_("Feed lines without a holder"), lines, "education_intakerow", lines="waiting")
    yield _register(_("Letters that failed"), Letter.objects.failed(), "accounts_letter", delivery="failed")


def what_waits(user: User, *, on: date) -> WhatWaits:
    """The queues that the user may act on and that are not empty; `on` is a day in the Board's time zone."""
    queues = [queue for queue in _queues() if user.may(queue.permission)]
    if not queues:
        return WhatWaits(lines=(), has_queues=False)
    counts = User.objects.filter(pk=user.pk).values_list(*(_Capped(queue.rows(user, on)) for queue in queues)).get()
    lines = (_line(queue, count) for queue, count in zip(queues, counts, strict=True) if count)
    return WhatWaits(lines=tuple(lines), has_queues=True)


def _line(queue: Queue, count: int) -> WaitingLine:
    text = f"{MOST:,}+" if count > MOST else f"{count:,}"
    address = addresses.page(f"admin:{queue.desk}_changelist")
    return WaitingLine(title=str(queue.title), count=text, url=f"{address}?{urlencode(queue.chosen)}")
