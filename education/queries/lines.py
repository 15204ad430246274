"""One line of a feed that could not be used as it came, and its possible holders."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Holder
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.deciding import Fact
from education.enums import RowOutcome
from education.models import IntakeRow

MOST = 10
# In display order.
LABELS = {
    "customer_number": gettext_lazy("Number"),
    "last_name": gettext_lazy("Last name"),
    "birth_month": gettext_lazy("Birth month"),
    "external_id": gettext_lazy("Identifier"),
    "title": gettext_lazy("Title"),
    "kind": gettext_lazy("Kind"),
    "subjects": gettext_lazy("Subjects"),
    "completed_on": gettext_lazy("Completed on"),
    "points": gettext_lazy("Points"),
    "status": gettext_lazy("Status"),
    "updated_at": gettext_lazy("Last changed by the provider"),
}


@dataclass(frozen=True)
class Candidate:
    """A possible holder; `differs` names the fields that disagree with the line."""

    pk: int
    name: str
    number: str
    birth_month: str
    differs: str


@dataclass(frozen=True)
class LinePage:
    title: str
    state: str
    reason: str
    facts: tuple[Fact, ...]
    batch_url: str
    batch_name: str
    asked: str
    candidates: tuple[Candidate, ...]
    resolve_url: str
    dismiss_url: str
    alike: int


def line_page(row: IntakeRow, *, asked: str, may_decide: bool) -> LinePage:
    """What the line says and, for users who may decide, its possible holders or those searched for."""
    is_open = may_decide and _is_waiting(row)
    return LinePage(
        title=_("Line %(line)s") % {"line": row.line},
        state=_state(row),
        reason=row.reason,
        facts=tuple(_facts(row)),
        batch_url=reverse("admin:education_intakebatch_change", args=[row.batch_id]),
        batch_name=str(row.batch),
        asked=asked,
        candidates=tuple(_candidate(holder, row) for holder in _candidates(row, asked)) if is_open else (),
        resolve_url=reverse("admin:education_intakerow_resolve", args=[row.pk]) if is_open else "",
        dismiss_url=reverse("admin:education_intakerow_dismiss", args=[row.pk]) if is_open else "",
        alike=_alike(row) if is_open else 0,
    )


def _is_waiting(row: IntakeRow) -> bool:
    """The same as `IntakeRow.objects.waiting()`."""
    return row.outcome == RowOutcome.UNMATCHED and row.resolved_at is None and row.batch.undo_asked_at is None


def _state(row: IntakeRow) -> str:
    if _is_waiting(row):
        return _("Waiting for a holder")
    if row.resolved_at is None:
        is_rejected = row.outcome == RowOutcome.REJECTED
        return str(row.get_outcome_display()) if is_rejected else _("Its feed was undone")
    who = row.resolved_by.get_full_name() if row.resolved_by else _("a later feed")
    when = longdate(board_day(row.resolved_at))
    if row.resolved_to is None:
        return _("Dismissed on %(when)s by %(who)s: %(note)s") % {"when": when, "who": who, "note": row.note}
    return _("Applied to %(holder)s on %(when)s by %(who)s") % {"holder": row.resolved_to, "when": when, "who": who}


def _facts(row: IntakeRow) -> Iterator[Fact]:
    for name, label in LABELS.items():
        if value := row.record.get(name, ""):
            yield Fact(str(label), value)


def _alike(row: IntakeRow) -> int:
    """How many other lines of the provider wait with the same number."""
    number = row.record.get("customer_number", "")
    waiting = IntakeRow.objects.waiting().filter(batch__provider=row.batch.provider, record__customer_number=number)
    return waiting.exclude(pk=row.pk).count()


def lines_applied_with(row: IntakeRow) -> int:
    """How many of the provider's lines were assigned by the decision that assigned this one, itself included."""
    decision = {"resolved_at": row.resolved_at, "resolved_by": row.resolved_by, "resolved_to": row.resolved_to}
    return IntakeRow.objects.filter(batch__provider=row.batch.provider, **decision).count()


def _candidates(row: IntakeRow, asked: str) -> QuerySet[Holder]:
    """Holders found by the search; else by the line's number, or by its name and birth month."""
    holders = Holder.objects.order_by("last_name", "first_name", "id")
    if words := asked.split():
        return holders.filter(*(_has(word) for word in words))[:MOST]
    said = row.record
    likely = [Q(customer_number=said.get("customer_number", ""))]
    if name := said.get("last_name", ""):
        month = said.get("birth_month", "")
        likely.append(Q(last_name__iexact=name, **({"birth_month": month} if month else {})))
    return holders.filter(reduce(or_, likely))[:MOST]


def _has(word: str) -> Q:
    return Q(customer_number=word) | Q(last_name__istartswith=word) | Q(first_name__istartswith=word)


def _candidate(holder: Holder, row: IntakeRow) -> Candidate:
    return Candidate(
        pk=holder.pk,
        name=holder.name,
        number=holder.customer_number,
        birth_month=str(holder.birth_month or ""),
        differs=", ".join(_differences(holder, row)),
    )


def _differences(holder: Holder, row: IntakeRow) -> Iterator[str]:
    said = row.record
    if said.get("customer_number") != holder.customer_number:
        yield _("different number")
    if said.get("last_name") and said["last_name"].casefold() != holder.last_name.casefold():
        yield _("different name")
    if said.get("birth_month") and said["birth_month"] != str(holder.birth_month or said["birth_month"]):
        yield _("different birth month")
