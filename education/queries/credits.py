from dataclasses import dataclass

from django.db.models import Q

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.keyset import Cursor
from credentials.rules import Window
from education import rules
from education.models import Credit, CreditQuerySet

PAGE = 25


def credits_visible_to(user: User) -> CreditQuerySet:
    """A holder's own credits, newest first; all credits for the Board."""
    credits = Credit.objects.select_related("kind", "provider").order_by("-completed_on", "-id")
    if user.may(Permission.SEE_RECORDS):
        return credits
    return credits.filter(holder_id=user.holder_key)


def credit_facts(credit: Credit) -> rules.CreditFacts:
    """A credit as input for the engine; expects kind and provider to be loaded."""
    return rules.CreditFacts(
        id=credit.pk,
        title=credit.title,
        kind=credit.kind.code,
        subjects=frozenset(credit.subjects),
        provider=credit.provider.code if credit.provider else None,
        completed_on=credit.completed_on,
        points=credit.points,
        refused=None if credit.withdrawn_at is None else "withdrawn",
    )


def provider_of(credit: Credit) -> str:
    """Who offered the activity: a known provider's title, or the name the holder gave."""
    return credit.provider.title if credit.provider else credit.provider_name


@dataclass(frozen=True)
class CreditPage:
    """A page of credits with the cursors of its neighbors; None where there are no more."""

    credits: list[Credit]
    newer: Cursor | None
    older: Cursor | None


def page_of_credits(
    credits: CreditQuerySet, *, window: Window | None, cursor: Cursor | None, size: int = PAGE
) -> CreditPage:
    """Up to `size` credits, newest first; only those completed in the window, if one is given."""
    if window is not None:
        credits = credits.filter(completed_on__range=(window.starts_on, window.ends_on))
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        credits = credits.filter(_beyond(cursor))
    rows = list((credits.order_by("completed_on", "id") if backwards else credits)[: size + 1])
    return a_page(rows, cursor=cursor, size=size)


def a_page(rows: list[Credit], *, cursor: Cursor | None, size: int) -> CreditPage:
    """A page from rows found beyond the cursor, in its direction; one row too many means that there is another page."""
    backwards = cursor is not None and cursor.backwards
    more, rows = len(rows) > size, rows[:size]
    rows = rows[::-1] if backwards else rows
    has_newer, has_older = (more, True) if backwards else (cursor is not None, more)
    return CreditPage(
        credits=rows,
        newer=_cursor(rows[0], backwards=True) if rows and has_newer else None,
        older=_cursor(rows[-1], backwards=False) if rows and has_older else None,
    )


def _beyond(cursor: Cursor) -> Q:
    if cursor.backwards:
        return Q(completed_on__gt=cursor.day) | Q(completed_on=cursor.day, id__gt=cursor.id)
    return Q(completed_on__lt=cursor.day) | Q(completed_on=cursor.day, id__lt=cursor.id)


def _cursor(credit: Credit, *, backwards: bool) -> Cursor:
    return Cursor(day=credit.completed_on, id=credit.pk, backwards=backwards)
