"""The credits on the review page: as declared, what the rules say, their evidence, and possible rulings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from declarations.enums import Ruled
from declarations.models import Declaration, Ruling
from declarations.queries.rulings import declared_points, places_instead
from declarations.queries.sealing import Content
from education import rules
from education.models import Evidence
from education.queries import Facts, credit_words, picture_url, released


@dataclass(frozen=True)
class EvidenceLink:
    name: str
    url: str
    picture_url: str


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class ReviewRow:
    """A declared credit and everything said about it."""

    number: int
    anchor: str
    title: str
    origin: str
    places: str
    points: str
    sentence: str
    is_plain: bool
    status: str
    evidence: tuple[EvidenceLink, ...]
    evidence_text: str
    said: str
    said_before: tuple[str, ...]
    reason: str
    outcome: str
    rule_url: str
    places_instead: tuple[Option, ...]


@dataclass(frozen=True)
class Reviewed:
    """What the rows are built from: the facts given the rulings, and the newest ruling on each credit by submission."""

    declaration: Declaration
    keys: Mapping[str, int]
    facts: Facts
    rulings: Mapping[int, Mapping[int, Ruling]]
    submission: int
    may_judge: bool


def by_credit(contents: Sequence[Content]) -> list[list[Content]]:
    """The signed shares grouped by credit, ordered by date."""
    ordered = sorted(contents, key=lambda one: (one["completed_on"], one["credit"]))
    return [list(group) for _credit, group in groupby(ordered, key=lambda one: one["credit"])]


def review_rows(reviewed: Reviewed, groups: Sequence[Sequence[Content]], *, first: int) -> Iterable[ReviewRow]:
    """The rows of some credits; `first` is the number of the first one."""
    tally = reviewed.facts.count()
    lines = {line.id: line for line in rules.standing_of(tally).credits}
    documents = _documents(
        [reviewed.keys[group[0]["credit"]] for group in groups if group[0]["credit"] in reviewed.keys]
    )
    for number, shares in enumerate(groups, start=first):
        key = reviewed.keys.get(shares[0]["credit"])
        line = lines.get(key) if key is not None else None
        yield _row(reviewed, shares, key, line, documents.get(key or 0, ()), tally, number=number)


def _row(
    reviewed: Reviewed,
    shares: Sequence[Content],
    key: int | None,
    line: rules.CreditStanding | None,
    documents: Sequence[EvidenceLink],
    tally: rules.Tally,
    *,
    number: int,
) -> ReviewRow:
    one = shares[0]
    said = reviewed.rulings.get(reviewed.submission, {}).get(key or 0)
    can_rule = reviewed.may_judge and key is not None
    args = [reviewed.declaration.pk, one["credit"]]
    return ReviewRow(
        number=number,
        anchor=f"credit-{number}",
        title=one["title"],
        origin=_origin(one),
        places=_places(shares),
        points=points_text(sum((Decimal(share["points"]) for share in shares), Decimal(0))),
        sentence=credit_words(line, tally.compiled) if line else _("This credit is no longer allocated."),
        is_plain=line is not None and _is_plain(line, shares),
        status=_status(said, line),
        evidence=tuple(documents),
        evidence_text=_evidence_text(one, len(documents)),
        said=_said(said) if said else "",
        said_before=tuple(_before(reviewed, key)),
        reason=said.reason if said else "",
        outcome=said.outcome if said else "",
        rule_url=reverse("admin:declarations_declaration_rule", args=args) if can_rule else "",
        places_instead=tuple(_options(reviewed, key)) if can_rule and key is not None else (),
    )


def _places(shares: Sequence[Content]) -> str:
    """The areas in which it was declared, with points if there are several."""
    if len(shares) == 1:
        return str(shares[0]["area_title"])
    return ", ".join(f"{share['area_title']} {points_text(Decimal(share['points']))}" for share in shares)


def _origin(one: Content) -> str:
    who = one["provider"] if one.get("external_id") else _("%(provider)s, recorded by the holder") % one
    return f"{who} · {longdate(date.fromisoformat(one['completed_on']))}"


def _is_plain(line: rules.CreditStanding, shares: Sequence[Content]) -> bool:
    """Whether all of it counts where it was declared, so that no explanation is needed."""
    declared = {(share["area"], Decimal(share["points"])) for share in shares}
    return {
        (reason.area, reason.points) for reason in line.reasons if reason.reason is rules.Reason.COUNTED
    } == declared


def _status(said: Ruling | None, line: rules.CreditStanding | None) -> str:
    if said is not None:
        return said.outcome
    return "open" if line is not None and line.counted else "lost"


def _evidence_text(one: Content, count: int) -> str:
    if not count:
        return _("no document") if not one.get("external_id") else ""
    return ngettext("%(count)s document", "%(count)s documents", count) % {"count": count}


def _said(ruling: Ruling) -> str:
    words = {"who": ruling.by, "area": ruling.area.title if ruling.area else "", "reason": ruling.reason}
    if ruling.outcome == Ruled.REFUSED:
        return _("Not accepted by %(who)s: %(reason)s") % words
    if ruling.outcome == Ruled.MOVED:
        return _("Counts in %(area)s, according to %(who)s: %(reason)s") % words
    return _("Accepted by %(who)s") % words


def _before(reviewed: Reviewed, key: int | None) -> Iterable[str]:
    """Rulings on the same credit in earlier submissions."""
    for submission in sorted(reviewed.rulings):
        ruling = reviewed.rulings[submission].get(key or 0)
        if submission < reviewed.submission and ruling is not None:
            words = {"number": submission, "said": _said(ruling)}
            yield _("Submission %(number)s: %(said)s") % words


def _options(reviewed: Reviewed, key: int) -> Iterable[Option]:
    """The other areas in which all of it would count."""
    ruling = reviewed.rulings.get(reviewed.submission, {}).get(key)
    if ruling is not None and ruling.outcome == Ruled.REFUSED:
        return
    points = declared_points(reviewed.facts, key)
    now = {share.area for share in reviewed.facts.shares if share.credit == key}
    for area, fit in places_instead(reviewed.facts, key).items():
        if fit.points >= points and now != {area}:
            yield Option(area, _titles(reviewed.facts)[area])


def _titles(facts: Facts) -> dict[str, str]:
    return {area.code: area.title for area in facts.requirements.areas}


def _documents(credits: Sequence[int]) -> dict[int | None, list[EvidenceLink]]:
    links: dict[int | None, list[EvidenceLink]] = defaultdict(list)
    for document in released(Evidence.objects.filter(credit__in=credits)).order_by("id"):
        url = reverse("education:evidence_file", args=[document.uuid])
        links[document.credit_id].append(EvidenceLink(document.name, url, picture_url(document)))
    return links
