"""What clearing a cycle's allocation would release."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.formatting import points_words
from credentials.models import Cycle
from education.queries.cards import progress_url


@dataclass(frozen=True)
class ClearingPage:
    title: str
    text: str
    clear_url: str
    progress_url: str


def clearing_page(cycle: Cycle) -> ClearingPage:
    """The confirmation before everything is released; there is nothing to confirm without shares or when frozen."""
    sums = cycle.allocations.aggregate(shares=Count("id"), points=Sum("points"))
    words = {"count": sums["shares"], "points": points_words(sums["points"] or Decimal(0))}
    text = ngettext(
        "%(count)s allocation of %(points)s would be released. The credits stay, and you can undo this.",
        "%(count)s allocations totaling %(points)s would be released. The credits stay, and you can undo this.",
        sums["shares"],
    )
    may = sums["shares"] and cycle.shares_frozen_at is None
    return ClearingPage(
        title=_("Clear the allocation for %(credential)s") % {"credential": cycle.credential.credential_type.code},
        text=text % words if may else _("There is nothing to release."),
        clear_url=reverse("education:clear", args=[cycle.pk]) if may else "",
        progress_url=progress_url(cycle),
    )
