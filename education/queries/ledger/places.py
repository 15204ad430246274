"""Where a credit would count in each of its holder's credentials, and why not elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials.models import Cycle
from education.models import Allocation, Credit
from education.queries.cards import progress_url
from education.queries.credits import credit_facts
from education.queries.standing import Facts, facts_by_cycle
from education.queries.words import reason_words, why_not
from education.rules import CreditReason, Fit, Reason, Tally


@dataclass(frozen=True)
class Place:
    """Where the rest of a credit would count in one credential, and why not elsewhere; `fits`: whether anywhere."""

    credential: str
    fits: bool
    text: str
    why: str
    url: str


def places_of(credit: Credit, shares: Iterable[Allocation], *, on: date) -> Iterator[Place]:
    """The open cycles of the credit's holder in which some of it is unallocated; accepts an unsaved draft.

    `shares` are all shares of the credit, with their cycles loaded.
    """
    cycles = Cycle.objects.filter(holder_id=credit.holder_id, closed_at=None)
    loaded = cycles.select_related("credential__credential_type", "requirement_set__credential_type")
    by_cycle = {cycle.pk: cycle for cycle in loaded.order_by("ends_on", "id")}
    used = {share.cycle.credential_id: share.cycle.ends_on for share in shares if share.cycle.closed_at}
    for pk, facts in facts_by_cycle(by_cycle.values(), on=on).items():
        shared = sum((share.points for share in facts.shares if share.credit == credit.pk), Decimal(0))
        if shared < credit.points:
            yield _place(by_cycle[pk], _with(facts, credit), credit, used)


def _with(facts: Facts, credit: Credit) -> Facts:
    """The facts with this version of the credit added or replaced."""
    others = (other for other in facts.credits if other.id != credit.pk)
    return replace(facts, credits=(*others, credit_facts(credit)))


def _place(cycle: Cycle, facts: Facts, credit: Credit, used: dict[int, date]) -> Place:
    fits, text, why = False, "", ""
    if cycle.shares_frozen_at is not None:
        text = _("This cycle has been declared. Nothing more can be allocated in it.")
    elif cycle.credential_id in used:
        text = _("It already counted in the cycle ending %(day)s.")
        text = text % {"day": longdate(used[cycle.credential_id])}
    else:
        fits, text, why = _fitting(facts.count(), credit)
    return Place(
        credential=cycle.credential.credential_type.code,
        fits=fits,
        text=text,
        why=why,
        url=progress_url(cycle),
    )


def _fitting(tally: Tally, credit: Credit) -> tuple[bool, str, str]:
    """Whether it would count, where, and why not elsewhere."""
    fits = tally.fits(credit.pk)
    room = [f"{_title(fit, tally)} ({points_text(fit.points)})" for fit in fits if fit.points]
    limits = [fit.reason for fit in fits if fit.reason and fit.reason.reason is not Reason.NOT_ACCEPTED]
    if not room:
        return False, why_not(tally, credit.pk), ""
    why = " ".join(filter(None, [_sentences(limits, tally), _not_accepted(fits, tally)]))
    return True, _("would count in: %(areas)s") % {"areas": "; ".join(room)}, why


def _title(fit: Fit, tally: Tally) -> str:
    return tally.compiled.areas[fit.area].title


def _sentences(reasons: Iterable[CreditReason], tally: Tally) -> str:
    return " ".join(dict.fromkeys(reason_words(reason, tally.compiled) for reason in reasons))


def _not_accepted(fits: Iterable[Fit], tally: Tally) -> str:
    areas = [_title(fit, tally) for fit in fits if fit.reason and fit.reason.reason is Reason.NOT_ACCEPTED]
    return _("Not in %(areas)s: different subjects.") % {"areas": "; ".join(areas)} if areas else ""
