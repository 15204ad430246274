"""Where a credit would count in each of its holder's credentials, and why not elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.words import points_text
from credentials.models import Cycle
from education.models import Credit
from education.queries.standing import facts_by_cycle
from education.queries.words import reason_words
from education.rules import Reason, Tally, standing_of


@dataclass(frozen=True)
class Place:
    """Where the rest of a credit would count in one credential, or why nowhere."""

    credential: str
    text: str
    url: str


def places_of(credit: Credit, *, on: date) -> Iterator[Place]:
    """The open cycles of the credit's holder in which something of it is still free."""
    cycles = Cycle.objects.filter(holder_id=credit.holder_id, closed_at=None, shares_frozen_at=None)
    loaded = cycles.select_related("credential__credential_type", "requirement_set__credential_type")
    by_cycle = {cycle.pk: cycle for cycle in loaded.order_by("ends_on", "id")}
    for pk, facts in facts_by_cycle(by_cycle.values(), on=on).items():
        shared = sum((share.points for share in facts.shares if share.credit == credit.pk), Decimal(0))
        if shared < credit.points:
            text, cycle = _place_text(facts.also([credit]).count(), credit), by_cycle[pk]
            url = f"{reverse('education:progress')}?credential={cycle.credential_id}"
            yield Place(credential=cycle.credential.credential_type.code, text=text, url=url)


def _place_text(tally: Tally, credit: Credit) -> str:
    """The areas with room; without any, why not."""
    fits = tally.fits(credit.pk)
    titles = {area.code: area.title for area in tally.compiled.requirements.areas}
    room = [f"{titles[fit.area]} ({points_text(fit.points)})" for fit in fits if fit.points]
    if room:
        return _("would count in: %(areas)s") % {"areas": "; ".join(room)}
    limits = [fit.reason for fit in fits if fit.reason and fit.reason.reason is not Reason.NOT_ACCEPTED]
    reasons = limits or [standing_of(tally).credit(credit.pk).main]
    return " ".join(dict.fromkeys(reason_words(reason, tally.compiled) for reason in reasons))
