"""Every version of a credit, from the history kept by the database: who, when, and what changed, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.keyset import Pager
from education.models import Credit
from education.queries.credits import provider_of
from education.queries.words import amount_words, subject_words

SHOWN = 20


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Version:
    title: str
    who: str
    when: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Versions:
    """A page of versions, newest first."""

    lines: tuple[Version, ...]
    pager: Pager


def versions_of(credit: Credit, titles: dict[str, str], *, before: int | None = None) -> Versions:
    """The newest 20 versions of a credit, or the 20 before version `before`; `titles` are those of the subjects."""
    events = Credit.pgh_event_model.objects.filter(pgh_obj=credit.pk)  # type: ignore[attr-defined]
    if before is not None:
        events = events.filter(pgh_id__lt=before)
    # One more than is shown, because each version is described by its difference to the one before.
    found = list(events.select_related("pgh_context", "kind", "provider").order_by("-pgh_id")[: SHOWN + 1])
    people = User.objects.in_bulk({pk for pk in map(_user_key, found) if pk is not None})
    url = reverse("education:credit", args=[credit.uuid])
    return Versions(
        lines=tuple(_lines(found, credit, titles, people)),
        pager=Pager(
            previous_url=f"{url}#history" if before is not None else "",
            next_url=f"{url}?before={found[-2].pgh_id}#history" if len(found) > SHOWN else "",
        ),
    )


def _lines(found: list[Any], credit: Credit, titles: dict[str, str], people: dict[int, User]) -> Iterator[Version]:
    for event, earlier in pairwise([*found, None] if len(found) <= SHOWN else found):
        changes = tuple(_changes(earlier, event, titles)) if earlier else ()
        title = _title(earlier, event, changes)
        if title:
            who = _who(people.get(_user_key(event) or 0), event, credit)
            yield Version(title=title, who=who, when=longdate(board_day(_moment(earlier, event))), changes=changes)


def _title(earlier: Any, event: Any, changes: tuple[Change, ...]) -> str:
    """What happened; empty if nothing changed that a page shows."""
    if earlier is None:
        return _("Recorded") if event.provider is None else _("Delivered")
    if event.withdrawn_at and not earlier.withdrawn_at:
        return _("Withdrawn")
    if earlier.withdrawn_at and not event.withdrawn_at:
        return _("Restored")
    return _("Corrected") if changes else ""


def _changes(earlier: Any, event: Any, titles: dict[str, str]) -> Iterator[Change]:
    before, after = _said(earlier, titles), _said(event, titles)
    for label, old in before.items():
        if old != after[label]:
            yield Change(label=label, old=old, new=after[label])


def _said(event: Any, titles: dict[str, str]) -> dict[str, str]:
    """A version's values as the credit's page shows them."""
    return {
        _("Title"): event.title,
        _("Provider"): provider_of(event),
        _("Completed on"): longdate(event.completed_on),
        _("Kind of activity"): event.kind.title,
        _("Subjects"): subject_words(event.subjects, titles),
        _("Quantity"): amount_words(event.quantity, event.unit),
        _("Points"): points_text(event.points),
    }


def _moment(earlier: Any, event: Any) -> datetime:
    """When the version was made, by the credit's own timestamps if possible, else by the history's."""
    if earlier is None:
        return cast(datetime, event.created_at)
    moments = [(earlier.corrected_at, event.corrected_at), (earlier.withdrawn_at, event.withdrawn_at)]
    return cast(datetime, max((new for old, new in moments if new and new != old), default=event.pgh_created_at))


def _user_key(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _who(user: User | None, event: Any, credit: Credit) -> str:
    """The holder, the Board or the provider; changes from a feed have no user and are the provider's."""
    if user is not None and user.holder_id == credit.holder_id:
        return _("you")
    if user is not None and user.may(Permission.SEE_RECORDS):
        return _("the Board")
    return event.provider.title if event.provider else _("you")
