"""What a credential's card and timeline show, prepared here so that templates only lay it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib import addresses
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text, spoken
from credentials import rules as credential_rules
from credentials.enums import Hold, Validity
from credentials.models import Credential, Cycle
from education.rules import Standing

# Anything else (unknown or revoked) is shown as danger.
TONES = {
    Validity.ACTIVE: "success",
    Validity.LIFETIME: "success",
    Validity.EXPIRED: "danger",
    Validity.SUSPENDED: "warning",
    Validity.UNDER_REVIEW: "warning",
}


@spoken
def label(choice: TextChoices) -> str:
    """The label of a choice."""
    return str(choice.label)


@dataclass(frozen=True)
class Marks:
    """Two separate labels: whether a credential is valid, which is public, and how far its holder has come."""

    validity: Validity
    stage_label: str = ""
    stage_tone: str = "info"

    @property
    def validity_label(self) -> str:
        return label(self.validity)

    @property
    def validity_tone(self) -> str:
        return TONES.get(self.validity, "danger")


@dataclass(frozen=True)
class Ring:
    """The counted part of what is needed, as a ring: `dash` in thousandths of the circle, `ends` the SVG line cap."""

    label: str
    counted_text: str
    needed_text: str
    dash: int
    ends: str
    is_full: bool


@dataclass(frozen=True)
class Card:
    """One credential at a glance."""

    code: str
    title: str
    validity: str
    validity_label: str
    tone: str
    stage_label: str = ""
    stage_tone: str = "info"
    cycle_text: str = ""
    ends_label: str = ""
    ends_text: str = ""
    days_left_text: str = ""
    ring: Ring | None = None
    next_sentence: str = ""
    next_url: str = ""
    next_label: str = ""
    progress_url: str = ""
    progress_label: str = ""
    renewed_text: str = ""


class Next(NamedTuple):
    """What to do next: a sentence and a link; `can_wait` if nothing depends on the holder now."""

    sentence: str = ""
    url: str = ""
    label: str = ""
    can_wait: bool = False


NOTHING = Next()


def card_of(
    credential: Credential,
    cycle: Cycle | None,
    standing: Standing | None,
    *,
    on: date,
    marks: Marks | None = None,
    following: Next = NOTHING,
) -> Card:
    """The card of a credential, with its labels and what to do next; without a cycle, it is valid for life."""
    marks = marks or Marks(credential_rules.validity(None, on, hold=Hold(credential.hold)))
    kind = credential.credential_type
    words: Mapping[str, Any]
    if cycle is None or standing is None:
        words = {"cycle_text": _for_life()}
    else:
        words = {
            **_words_of_cycle(kind.code, cycle.starts_on, cycle.ends_on, marks.validity, on),
            "ring": ring_of(standing.total.counted, standing.total.needed, standing.is_complete),
            "progress_url": "" if following.url == progress_url(cycle) else progress_url(cycle),
        }
    return Card(
        code=kind.code,
        title=f"{kind.title} · {_certificate(credential.certificate_number)}",
        validity=marks.validity.value,
        validity_label=marks.validity_label,
        tone=marks.validity_tone,
        stage_label=marks.stage_label,
        stage_tone=marks.stage_tone,
        next_sentence=following.sentence,
        next_url=following.url,
        next_label=following.label,
        **words,
    )


def progress_url(cycle: Cycle) -> str:
    """The address of the progress page for a cycle's credential."""
    return f"{addresses.page('education:progress')}?credential={cycle.credential_id}"


@spoken
def _for_life() -> str:
    return _("Valid for life: no maintenance is required.")


def _certificate(number: str) -> str:
    return _("Certificate %(number)s") % {"number": number}


@spoken
def _words_of_cycle(code: str, starts_on: date, ends_on: date, validity: Validity, on: date) -> Mapping[str, str]:
    """A card's texts about the dates of a cycle, which many holders share."""
    days = {"start": longdate(starts_on), "end": longdate(ends_on)}
    renewed = _("Renewed until %(end)s; the next cycle opens on %(start)s.")
    return {
        "cycle_text": _("%(start)s to %(end)s") % days,
        "ends_label": _ends_label(validity, is_over=ends_on < on),
        "ends_text": days["end"],
        "days_left_text": days_left((ends_on - on).days, validity=validity),
        "renewed_text": "" if starts_on <= on else renewed % days,
        "progress_label": _("Check progress for %(code)s") % {"code": code},
    }


@spoken
def ring_of(counted: Decimal, needed: Decimal, is_full: bool) -> Ring:
    """The ring for so many counted points out of those needed."""
    words = {"counted": points_text(counted), "needed": points_text(needed)}
    dash = share(counted, needed, of=1000)
    return Ring(
        label=_("%(counted)s of %(needed)s points count") % words,
        counted_text=words["counted"],
        needed_text=_("of %(needed)s") % words,
        dash=dash,
        # Round caps would visually close the ring when little is missing.
        ends="butt" if dash > 950 else "round",
        is_full=is_full,
    )


def _ends_label(validity: Validity, *, is_over: bool) -> str:
    if validity == Validity.EXPIRED:
        return _("Expired on")
    if validity == Validity.LIFETIME:
        return _("Voluntary cycle ended on") if is_over else _("Voluntary cycle ends on")
    return _("Valid until")


def days_left(days: int, *, validity: Validity) -> str:
    """The time until the end, in words; a voluntary cycle ends without expiring."""
    if days < 0 and validity == Validity.LIFETIME:
        return _("Ended; you take part voluntarily")
    if days < 0:
        return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": f"{-days:,}"}
    if days == 0:
        return _("Today is the last day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": f"{days:,}"}


def share(part: Decimal, whole: Decimal, *, of: int) -> int:
    """`part` of `whole` on a scale of 0 to `of`; if nothing is needed, it is full."""
    return of if not whole else min(of, int(part * of / whole))


@dataclass(frozen=True)
class Tick:
    """A label on the timeline; `anchor` keeps it inside the drawing."""

    x: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Milestone:
    label: str
    text: str
    mark: str = ""


@dataclass(frozen=True)
class Timeline:
    """A cycle drawn as a line: positions relative to its length, and its dates in words."""

    today: Tick
    today_text: str
    opens_x: str
    window_width: str
    advised_x: str
    ticks: tuple[Tick, ...]
    milestones: tuple[Milestone, ...]


def timeline_of(cycle: Cycle, *, on: date) -> Timeline:
    """The timeline of a cycle on the Board's day `on`."""
    kind = cycle.credential.credential_type
    opens_on = credential_rules.declaration_opens_on(cycle.ends_on, kind.declaration_opens_days)
    advised_on = credential_rules.advised_until(cycle.ends_on, kind.advised_days)
    days = {
        "start": longdate(cycle.starts_on),
        "end": longdate(cycle.ends_on),
        "opens": longdate(opens_on),
        "advised": longdate(advised_on),
    }
    return Timeline(
        today=_tick(_position(cycle, on), _("Today"), half=300),
        today_text=longdate(on),
        opens_x=_length(_position(cycle, opens_on)),
        window_width=_length(1000 - _position(cycle, opens_on)),
        advised_x=_length(_position(cycle, advised_on)),
        ticks=tuple(_tick(_position(cycle, date(year, 1, 1)), str(year)) for year in _years(cycle)),
        milestones=(
            Milestone(_("Cycle starts"), days["start"]),
            Milestone(_("Declaration opens"), days["opens"], "window"),
            Milestone(_("Advised last day"), days["advised"], "advised"),
            Milestone(_("Cycle ends"), days["end"], "end"),
        ),
    )


def _tick(position: int, text: str, *, half: int = 80) -> Tick:
    """A label that stays inside the drawing; `half` is half its width on the narrowest screen, in thousandths."""
    return Tick(_length(position), "start" if position < half else "end" if position > 1000 - half else "middle", text)


def _length(position: int) -> str:
    """A position from 0 to 1000 as an SVG length."""
    return f"{position / 10:g}%"


def _position(cycle: Cycle, day: date) -> int:
    length = (cycle.ends_on - cycle.starts_on).days or 1
    return max(0, min(1000, round((day - cycle.starts_on).days * 1000 / length)))


def _years(cycle: Cycle) -> range:
    return range(cycle.starts_on.year + 1, cycle.ends_on.year + 1)
