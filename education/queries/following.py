"""Links from one credential's suggestion to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.prepared_statements import prepared
from credentials.models import Credential, Cycle


@dataclass(frozen=True)
class NextSuggestion:
    label: str
    url: str


@prepared
def with_suggestions(holder: int) -> QuerySet[Credential]:
    """A holder's credentials with their types; `lacking` is the open cycle that still lacks something, if any."""
    incomplete = Q(status__is_complete=False) | Q(status__isnull=True)
    cycles = Cycle.objects.filter(incomplete, credential=OuterRef("pk"), closed_at=None, shares_frozen_at=None)
    own = Credential.objects.filter(holder=holder).select_related("credential_type")
    return own.annotate(lacking=Subquery(cycles.values("pk")[:1])).order_by("id")


def next_suggestion(credentials: Sequence[Credential], chosen: int) -> NextSuggestion | None:
    """The next credential, cyclically, whose cycle lacks something; expects `lacking` from `with_suggestions`."""
    place = next((place for place, one in enumerate(credentials) if one.pk == chosen), -1)
    for one in [*credentials[place + 1 :], *credentials[: max(place, 0)]]:
        if cycle := getattr(one, "lacking", None):
            label = _("Suggestion for %(credential)s") % {"credential": one.credential_type.code}
            return NextSuggestion(label, reverse("education:suggestion", args=[cycle]))
    return None
