"""The public pages of a round: its commitment first, and the whole draw once it is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import rules
from audits.models import Entry, Round, Stratum, TypeRate
from audits.queries.population import stratum_words
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.deciding import Fact
from cmp_portal.lib.spreadsheets import csv_lines

CHUNK = 5_000  # rows held in memory at a time
POPULATION = ("stratum", "rate", "number_sha256", "rank_sha256", "drawn")
SCRIPT = Path(__file__).parent.parent / "repeat_draw.py"


@dataclass(frozen=True)
class RoundLine:
    title: str
    state: str
    cutoff: str
    url: str


@dataclass(frozen=True)
class StratumLine:
    """A stratum of the draw; the file refers to it by its number."""

    number: int
    words: str
    rate: str
    population: str
    drawn: str


@dataclass(frozen=True)
class RoundPage:
    title: str
    state: str
    facts: tuple[Fact, ...]
    strata: tuple[StratumLine, ...]
    population_url: str
    script: str


def rounds_to_draw(*, at: datetime) -> QuerySet[Round]:
    """Rounds whose cut-off has passed and that are not drawn yet, in the order in which to draw them."""
    return Round.objects.filter(drawn_at=None, cutoff_at__lt=at).order_by("cutoff_at", "id")


def rounds_page() -> tuple[RoundLine, ...]:
    """All rounds, newest first."""
    rounds = Round.objects.order_by("-cutoff_at", "-id")
    return tuple(_line(one) for one in rounds)


def _line(round: Round) -> RoundLine:
    return RoundLine(str(round), state_of(round), moment_words(round.cutoff_at), round.get_absolute_url())


def round_page(round: Round) -> RoundPage:
    """The public page of a round."""
    is_drawn = round.drawn_at is not None
    return RoundPage(
        title=str(round),
        state=state_of(round),
        facts=tuple(round_facts(round)),
        strata=strata_of(round) if is_drawn else (),
        population_url=reverse("audits:population", args=[round.pk]) if is_drawn else "",
        script=script() if is_drawn else "",
    )


def state_of(round: Round) -> str:
    if round.drawn_at is not None:
        return _("Drawn")
    return _("Open, selecting at submission") if round.is_rolling else _("Open")


def round_facts(round: Round) -> Iterator[Fact]:
    """What was published when the round was opened, and what has been revealed since."""
    yield Fact(_("Opened"), moment_words(round.opened_at))
    yield Fact(_("Cut-off"), moment_words(round.cutoff_at))
    yield Fact(_("Selection"), _("as each declaration is submitted") if round.is_rolling else _("at the draw"))
    yield Fact(_("Usual rate"), rules.percent(round.rate))
    for code, rate in TypeRate.objects.filter(round=round).order_by("id").values_list("credential_type__code", "rate"):
        yield Fact(_("Rate for %(credential)s") % {"credential": code}, rules.percent(rate))
    if round.late_rate is not None:
        yield Fact(_("Rate for late declarations"), rules.percent(round.late_rate))
    if round.findings_rate is not None:
        yield Fact(_("Rate after earlier findings"), rules.percent(round.findings_rate))
    yield Fact(_("SHA-256 of the seed"), round.seed_sha256)
    if round.drawn_at is not None:
        yield Fact(_("Drawn at"), moment_words(round.drawn_at))
        yield Fact(_("Seed"), round.seed)
        yield Fact(_("Drawn"), _drawn_words(round))


def _drawn_words(round: Round) -> str:
    sizes = list(Stratum.objects.filter(round=round).values_list("drawn", "population"))
    drawn, population = (sum(column) for column in zip(*sizes, strict=True)) if sizes else (0, 0)
    words = ngettext("%(drawn)s of %(count)s declaration", "%(drawn)s of %(count)s declarations", population)
    return words % {"drawn": f"{drawn:,}", "count": f"{population:,}"}


def moment_words(at: datetime) -> str:
    """A point in time to the second, in the Board's time zone, with its abbreviation."""
    there = at.astimezone(ZoneInfo(settings.BOARD_TIME_ZONE))
    return f"{longdate(there.date())}, {there:%H:%M:%S} {there:%Z}"


def _in_order(round: Round) -> list[Stratum]:
    own = Stratum.objects.filter(round=round).select_related("credential_type")
    return list(own.order_by("credential_type__code", "is_late", "has_findings"))


def strata_of(round: Round) -> tuple[StratumLine, ...]:
    return tuple(
        StratumLine(
            number=number,
            words=stratum_words(rules.Stratum(one.credential_type.code, one.is_late, one.has_findings)),
            rate=rules.percent(one.rate),
            population=f"{one.population:,}",
            drawn=f"{one.drawn:,}",
        )
        for number, one in enumerate(_in_order(round), start=1)
    )


def population_csv(round: Round) -> Iterator[str]:
    """All that is needed to repeat the draw: one declaration per line, each stratum in rank order."""
    return csv_lines(POPULATION, _population(round))


def _population(round: Round) -> Iterator[tuple[str, ...]]:
    for number, stratum in enumerate(_in_order(round), start=1):
        entries = Entry.objects.filter(stratum=stratum).order_by("rank")
        for declaration, rank, is_drawn in entries.values_list("declaration__number", "rank", "is_drawn").iterator(
            CHUNK
        ):
            digest = rules.number_digest(declaration or "")
            yield str(number), str(stratum.rate), digest, rank.hex(), "yes" if is_drawn else "no"


def script() -> str:
    """The source code of the program that repeats a draw."""
    return SCRIPT.read_text(encoding="utf-8")
