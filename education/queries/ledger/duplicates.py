"""Likely duplicates of a credit."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from education.models import Credit
from education.queries.credits import provider_of

# Our own threshold, not the Board's: a title typed from memory reaches it; another title on the same topic rarely does.
SIMILAR_TITLES = 0.4
DUPLICATES_SHOWN = 5


def likely_duplicates(credit: Credit) -> list[Credit]:
    """The holder's credits of the same day with a similar title, or with the same provider and points."""
    others = Credit.objects.standing().filter(holder_id=credit.holder_id, completed_on=credit.completed_on)
    compared = others.exclude(uuid=credit.uuid).annotate(
        likeness=TrigramSimilarity("title", credit.title), offered_by=Coalesce("provider__title", "provider_name")
    )
    same_amount = Q(offered_by__iexact=provider_of(credit), points=credit.points)
    found = compared.filter(Q(likeness__gte=SIMILAR_TITLES) | same_amount).select_related("provider")
    return list(found.order_by("id")[:DUPLICATES_SHOWN])


@dataclass(frozen=True)
class Duplicate:
    title: str
    text: str
    url: str


def duplicates_of(credit: Credit) -> tuple[Duplicate, ...]:
    """Likely duplicates of the credit, as a page lists them."""
    return tuple(
        Duplicate(
            title=other.title,
            text=f"{provider_of(other)} · {longdate(other.completed_on)} · {_('points')}: {points_text(other.points)}",
            url=reverse("education:credit", args=[other.uuid]),
        )
        for other in likely_duplicates(credit)
    )
