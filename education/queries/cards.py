"""What a credential's card and time line show: prepared here, so that templates only lay out."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from credentials import rules as credential_rules
from credentials.enums import Hold, Validity
from credentials.models import Credential, Cycle
from credentials.queries import cycle_facts
from education.rules import Standing


@dataclass(frozen=True)
class Card:
    """One credential at a glance; `ring_dash` is the counted share of the ring in thousandths."""

    code: str
    title: str
    certificate_number: str
    validity: str
    validity_label: str
    has_cycle: bool = False
    is_complete: bool = False
    stage_label: str = ""
    cycle_text: str = ""
    ends_on: date | None = None
    ends_text: str = ""
    days_left_text: str = ""
    counted: Decimal = Decimal(0)
    needed: Decimal = Decimal(0)
    missing: Decimal = Decimal(0)
    percent: int = 0
    ring_dash: int = 0
    next_sentence: str = ""
    next_url: str = ""
    next_label: str = ""
    progress_url: str = ""
    renewed_text: str = ""

    def with_next(self, sentence: str, url: str = "", label: str = "") -> "Card":
        """The same card, saying what to do next."""
        return replace(self, next_sentence=sentence, next_url=url, next_label=label)


def card_of(
    credential: Credential, cycle: Cycle | None, standing: Standing | None, *, on: date, under_review: bool = False
) -> Card:
    """The card of a credential; without a cycle it is valid for life."""
    facts = cycle_facts(cycle) if cycle else None
    validity = credential_rules.validity(facts, on, hold=Hold(credential.hold), under_review=under_review)
    card = Card(
        code=credential.credential_type.code,
        title=credential.credential_type.title,
        certificate_number=credential.certificate_number,
        validity=validity.value,
        validity_label=str(validity.label),
        cycle_text="" if cycle else _("Valid for life: no maintenance is required."),
    )
    return card if cycle is None or standing is None else _with_cycle(card, cycle, standing, on=on)


def _with_cycle(card: Card, cycle: Cycle, standing: Standing, *, on: date) -> Card:
    counted, needed = standing.total.counted, standing.total.needed
    return replace(
        card,
        has_cycle=True,
        is_complete=standing.is_complete,
        cycle_text=_("%(start)s to %(end)s") % {"start": longdate(cycle.starts_on), "end": longdate(cycle.ends_on)},
        ends_on=cycle.ends_on,
        ends_text=longdate(cycle.ends_on),
        days_left_text=days_left((cycle.ends_on - on).days, validity=card.validity),
        counted=counted,
        needed=needed,
        missing=standing.total.missing,
        percent=share(counted, needed, of=100),
        ring_dash=share(counted, needed, of=1000),
        progress_url=f"{reverse('education:progress')}?credential={cycle.credential_id}",
        renewed_text=_renewed(cycle, on=on),
    )


def days_left(days: int, *, validity: str) -> str:
    """How far the end is, in words; a voluntary cycle ends without expiring."""
    if days < 0 and validity == Validity.LIFETIME:
        return _("Ended; you take part voluntarily")
    if days < 0:
        return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}
    if days == 0:
        return _("Today is the last day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def share(part: Decimal, whole: Decimal, *, of: int) -> int:
    """`part` of `whole` on a scale of 0 to `of`; a whole of nothing is full."""
    return of if not whole else min(of, int(part * of / whole))


def _renewed(cycle: Cycle, *, on: date) -> str:
    if cycle.starts_on <= on:
        return ""
    days = {"end": longdate(cycle.ends_on), "start": longdate(cycle.starts_on)}
    return _("Renewed until %(end)s; the next cycle opens on %(start)s.") % days


@dataclass(frozen=True)
class Tick:
    x: int
    text: str


@dataclass(frozen=True)
class Timeline:
    """A cycle drawn as a line: positions in thousandths of its length, each with its day in words."""

    starts_text: str
    today_x: int
    today_text: str
    opens_x: int
    opens_text: str
    advised_x: int
    advised_text: str
    ends_text: str
    alt: str
    ticks: tuple[Tick, ...]


def timeline_of(cycle: Cycle, *, on: date) -> Timeline:
    """The time line of a cycle on the Board's day `on`."""
    kind = cycle.credential.credential_type
    opens_on = credential_rules.declaration_opens_on(cycle.ends_on, kind.declaration_opens_days)
    advised_on = credential_rules.advised_until(cycle.ends_on, kind.advised_days)
    days = {
        "start": longdate(cycle.starts_on),
        "end": longdate(cycle.ends_on),
        "opens": longdate(opens_on),
        "advised": longdate(advised_on),
        "today": longdate(on),
    }
    return Timeline(
        starts_text=days["start"],
        today_x=_position(cycle, on),
        today_text=days["today"],
        opens_x=_position(cycle, opens_on),
        opens_text=days["opens"],
        advised_x=_position(cycle, advised_on),
        advised_text=days["advised"],
        ends_text=days["end"],
        alt=_(
            "The cycle runs from %(start)s to %(end)s. The declaration opens on %(opens)s; the advised last day is "
            "%(advised)s. Today is %(today)s."
        )
        % days,
        ticks=tuple(Tick(_position(cycle, date(year, 1, 1)), str(year)) for year in _years(cycle)),
    )


def _position(cycle: Cycle, day: date) -> int:
    length = (cycle.ends_on - cycle.starts_on).days or 1
    return max(0, min(1000, round((day - cycle.starts_on).days * 1000 / length)))


def _years(cycle: Cycle) -> range:
    return range(cycle.starts_on.year + 1, cycle.ends_on.year + 1)
