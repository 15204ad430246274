"""Change history of one row for the back office, from the database's history tables: when, who and what."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.contrib.auth import get_user_model
from django.db.models import BooleanField, Field, ForeignKey, Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longmoment

MOST = 500
# An event and the one before it.
Pair = tuple[Any, Any]
Rows = Mapping[type[Model], Mapping[Any, Model]]


@dataclass(frozen=True)
class RowChange:
    """One change; `what` has a line for each changed field."""

    when: str
    who: str
    what: tuple[str, ...]


def row_changes(row: Model, *, shown: Collection[str]) -> list[RowChange] | None:
    """The row's newest changes, limited to the fields in `shown`; None if the model keeps no history."""
    events = getattr(row, "pgh_event_model", None)
    if events is None:
        return None
    found = list(events.objects.filter(pgh_obj=row.pk).select_related("pgh_context").order_by("-pgh_id")[:MOST])
    users = get_user_model()._default_manager.in_bulk({user for one in found if (user := _user_of(one))})
    fields = [field for field in row._meta.concrete_fields if field.name in shown and hasattr(events, field.name)]
    pairs = list(zip(found, [*found[1:], None], strict=True))
    rows, changes = _rows_named(pairs, fields), []
    for event, before in pairs:
        if what := tuple(_what(event, before, fields, rows)):
            who = users.get(_user_of(event))
            changes.append(RowChange(longmoment(event.pgh_created_at), str(who) if who else _("the portal"), what))
    return changes


def _user_of(event: Any) -> int | None:
    return int(event.pgh_context.metadata.get("user") or 0) or None if event.pgh_context else None


def _rows_named(pairs: Iterable[Pair], fields: Iterable[Any]) -> Rows:
    """The rows that changes refer to, with their related rows: one query per model, however many changes there are."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for event, before in pairs:
        for field in _changed(event, before, fields):
            if isinstance(field, ForeignKey):
                wanted[field.related_model] |= {getattr(event, field.attname), getattr(before, field.attname)}
    return {model: model._default_manager.select_related().in_bulk(keys - {None}) for model, keys in wanted.items()}


def _changed(event: Any, before: Any, fields: Iterable[Any]) -> Iterator[Any]:
    if event.pgh_label not in {"insert", "delete"} and before is not None:
        for field in fields:
            if getattr(event, field.attname) != getattr(before, field.attname):
                yield field


def _what(event: Any, before: Any, fields: Iterable[Any], rows: Rows) -> Iterator[str]:
    if event.pgh_label == "insert":
        yield _("Added")
    elif event.pgh_label == "delete":
        yield _("Removed")
    for field in _changed(event, before, fields):
        was, now = _text(before, field, rows), _text(event, field, rows)
        words = {"field": capfirst(field.verbose_name), "was": was, "now": now}
        yield _("%(field)s: changed from “%(was)s” to “%(now)s”") % words


def _text(event: Any, field: "Field[Any, Any]", rows: Rows) -> str:
    value = getattr(event, field.attname)
    if isinstance(field, ForeignKey):
        return "" if value is None else str(rows[field.related_model].get(value, value))
    if isinstance(field, BooleanField):
        return _("yes") if value else _("no")
    return str(display_for_field(value, field, ""))
