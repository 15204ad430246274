"""Declarations in a given state, with an answer of their holder, or found by a number; newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.addresses import below
from cmp_portal.lib.dates import shortdate
from cmp_portal.lib.keyset import Cursor, Pager
from declarations.enums import Move, State
from declarations.models import Declaration, Step
from declarations.queries.claims import lease
from declarations.queries.notes import answers_for
from declarations.queries.queue_filters import ANSWERED, QueueFilters

NOBODY = "999999999999999999"
DECISIONS = (Move.APPROVE, Move.RETURN, Move.DENY, Move.UPHOLD, Move.OVERTURN)
COLUMNS = (
    "pk", "number", "state", "received_on", "decided_on", "cycle__ends_on", "cycle__credential__certificate_number",
    "cycle__credential__credential_type__code", "holder__first_name", "holder__last_name", "holder__customer_number",
    "waiting__at_work__taken_by__email", "waiting__at_work__taken_at",
)  # fmt: skip


@dataclass(frozen=True)
class Address:
    """URL of a declaration's review page: resolved once, filled in per row."""

    pattern: str

    @classmethod
    def of_review(cls, wanted: QueueFilters, cursor: Cursor | None) -> "Address":
        """From this list, to which the page leads back."""
        page = reverse("admin:declarations_declaration_change", args=[NOBODY])
        return cls(below(page, wanted.query(at=str(cursor or ""))))

    def of(self, pk: int) -> str:
        return self.pattern.replace(NOBODY, str(pk), 1)


@dataclass(frozen=True)
class DecidedLine:
    """A row of the list."""

    number: str
    url: str
    state_label: str
    holder: str
    credential: str
    certificate: str
    submitted: str
    due: str
    decided: str
    reviewer: str


def decided_page(
    user: User, wanted: QueueFilters, cursor: Cursor | None, *, at: datetime, size: int
) -> tuple[tuple[DecidedLine, ...], Pager]:
    """One page of declarations and its pager; `at` decides which claims are still active."""
    rows = _searched(wanted.q) if wanted.q else _in_state(wanted.state, user)
    if wanted.type and not wanted.q:
        rows = rows.filter(cycle__credential__credential_type=int(wanted.type))
    if cursor is not None:
        rows = rows.filter(pk__lt=cursor.id)
    found = list(rows.order_by("-pk").values(*COLUMNS, decided_by_last=_who_decided_last())[: size + 1])
    more, found = len(found) > size, found[:size]
    last = Cursor(date(2000, 1, 1), found[-1]["pk"], False) if more else None
    address = Address.of_review(wanted, cursor)
    pager = Pager(previous_url=wanted.url() if cursor else "", next_url=wanted.url(at=str(last)) if last else "")
    return tuple(_line(row, address, at=at) for row in found), pager


def _in_state(state: str, user: User) -> QuerySet[Declaration]:
    return answers_for(user) if state == ANSWERED else Declaration.objects.filter(state=state)


def _searched(text: str) -> QuerySet[Declaration]:
    """Find by declaration number or customer number."""
    return Declaration.objects.filter(Q(number=text.upper()) | Q(holder__customer_number=text))


def _who_decided_last() -> Subquery:
    """Includes who returned it, which the declaration itself does not record."""
    steps = Step.objects.filter(declaration=OuterRef("pk"), move__in=DECISIONS).order_by("-id")
    return Subquery(steps.values("by__email")[:1])


def _line(row: Mapping[str, Any], address: Address, *, at: datetime) -> DecidedLine:
    return DecidedLine(
        number=row["number"] or _("Draft"),
        url=address.of(row["pk"]),
        state_label=str(State(row["state"]).label),
        holder=holder_words(row, "holder__"),
        credential=row["cycle__credential__credential_type__code"],
        certificate=row["cycle__credential__certificate_number"],
        submitted=_day(row["received_on"]),
        due=_day(due_day(row["received_on"], row["cycle__ends_on"])),
        decided=_day(row["decided_on"]),
        reviewer=_at_work(row, at=at) or row["decided_by_last"] or "",
    )


def due_day(received_on: date | None, ends_on: date) -> date | None:
    """The due date as in the queue: REVIEW_DAYS after receipt, or the end of the cycle; None for a draft."""
    if received_on is None or settings.REVIEW_DAYS is None:
        return received_on and ends_on
    return received_on + timedelta(days=settings.REVIEW_DAYS)


def _day(day: date | None) -> str:
    return shortdate(day) if day else ""


def _at_work(row: Mapping[str, Any], *, at: datetime) -> str:
    taken_at = row["waiting__at_work__taken_at"]
    return str(row["waiting__at_work__taken_by__email"]) if taken_at and taken_at > at - lease() else ""


def holder_words(row: Mapping[str, Any], of: str) -> str:
    """Name and customer number of a holder, from the columns prefixed with `of`."""
    return f"{row[f'{of}first_name']} {row[f'{of}last_name']} ({row[f'{of}customer_number']})"
