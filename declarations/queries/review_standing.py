"""Where a declaration stands in each area, given the rulings, beside what was signed."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cmp_portal.lib.formatting import points_text
from education import rules as education_rules
from education.queries import gap_words


@dataclass(frozen=True)
class JudgedArea:
    """Points needed and counted in an area; the numbers draw the bar."""

    title: str
    text: str
    counted: str
    needed: str
    is_met: bool


@dataclass(frozen=True)
class StandingBox:
    """The declaration's standing given the rulings, and as signed."""

    headline: str
    is_complete: bool
    signed_text: str
    areas: tuple[JudgedArea, ...]


def standing_box(now: education_rules.Standing, signed: education_rules.Standing) -> StandingBox:
    difference = now.total.counted - signed.total.counted
    words = {"signed": points_text(signed.total.counted), "less": points_text(-difference)}
    return StandingBox(
        headline=_("Complete") if now.is_complete else gap_words(now),
        is_complete=now.is_complete,
        signed_text=_("%(signed)s counted before, now %(less)s less") % words if difference < 0 else "",
        areas=(
            _area(_("In total"), now.total),
            *(_area(area.title, education_rules.Measure(*area[2:5])) for area in now.areas),
        ),
    )


def _area(title: str, measure: education_rules.Measure) -> JudgedArea:
    counted, needed = points_text(measure.counted), points_text(measure.needed)
    return JudgedArea(
        title=title,
        text=_("%(counted)s of %(needed)s") % {"counted": counted, "needed": needed} if measure.needed else counted,
        counted=str(min(measure.counted, measure.needed)),
        needed=str(measure.needed) if measure.needed else "",
        is_met=not measure.missing,
    )
