"""Compare what was signed with the previous submission and the previous cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from declarations.enums import Move
from declarations.models import Declaration, DeclaredCredit
from declarations.queries.sealing import Content
from declarations.rules import SIGNED_BY


@dataclass(frozen=True)
class Pair:
    """A value before and now."""

    label: str
    before: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """Differences side by side, under one title."""

    title: str
    before_title: str
    pairs: tuple[Pair, ...]
    same_text: str


def comparisons(declaration: Declaration, declared: Sequence[DeclaredCredit]) -> Iterable[Comparison]:
    """Compare with the previous submission and with the previous cycle's last one; `declared` has the rows of all."""
    own = [row for row in declared if row.declaration_id == declaration.pk]
    newest = max((row.submission for row in own), default=0)
    now = _contents(own, newest)
    if newest > 1:
        before = _contents(own, newest - 1)
        yield Comparison(
            title=_("Since the previous submission"),
            before_title=_("Submission %(number)s") % {"number": newest - 1},
            pairs=tuple(_differences(before, now)),
            same_text=_("The credits are the same as before."),
        )
    if earlier := [row for row in declared if row.declaration_id != declaration.pk]:
        before = _contents(earlier, max(row.submission for row in earlier))
        yield Comparison(
            title=_("Compared with the previous cycle"),
            before_title=_("Previous cycle"),
            pairs=tuple(_sums(before, now)),
            same_text="",
        )


def amended(declaration: Declaration, declared: Sequence[DeclaredCredit]) -> tuple[Pair, ...]:
    """What an audit's amendment changed against the declaration as submitted; empty if there was none."""
    own = [row for row in declared if row.declaration_id == declaration.pk]
    if max((row.submission for row in own), default=0) < 2:
        return ()
    moves = declaration.steps.filter(move__in=SIGNED_BY).order_by("id").values_list("move", flat=True)
    signed = list(enumerate(moves, start=1))
    as_declared = max((place for place, move in signed if move == Move.SUBMIT), default=0)
    if not as_declared or as_declared == len(signed):
        return ()
    before, now = _contents(own, as_declared), _contents(own, len(signed))
    return tuple(_differences(before, now))


def _contents(rows: Iterable[DeclaredCredit], submission: int) -> list[Content]:
    return [row.content for row in rows if row.submission == submission]


def _differences(before: list[Content], now: list[Content]) -> Iterable[Pair]:
    """One pair per credit that differs."""
    old, new = _by_credit(before), _by_credit(now)
    for credit in {**old, **new}:
        was, is_ = old.get(credit, ("", _("not declared"))), new.get(credit, ("", _("no longer declared")))
        if was != is_:
            yield Pair(label=is_[0] or was[0], before=was[1], now=is_[1])


def _by_credit(contents: Iterable[Content]) -> dict[str, tuple[str, str]]:
    """Title of each credit and what was signed of it, in words."""
    places: dict[str, list[str]] = {}
    firsts: dict[str, Content] = {}
    for one in contents:
        firsts.setdefault(one["credit"], one)
        places.setdefault(one["credit"], []).append(f"{one['area_title']} {points_text(Decimal(one['points']))}")
    return {credit: (one["title"], _words(one, places[credit])) for credit, one in firsts.items()}


def _words(one: Content, places: list[str]) -> str:
    documents = _("documents: %(count)s") % {"count": len(one["evidence"])}
    return " · ".join([longdate(date.fromisoformat(one["completed_on"])), *places, documents])


def _sums(before: list[Content], now: list[Content]) -> Iterable[Pair]:
    """Totals side by side, since the credits themselves differ from cycle to cycle."""
    yield Pair(_("Points"), _points(before), _points(now))
    yield Pair(_("Credits"), str(_credits(before)), str(_credits(now)))
    yield Pair(_("Recorded by the holder"), _points(_own(before)), _points(_own(now)))
    for area in dict.fromkeys(one["area_title"] for one in [*now, *before]):
        yield Pair(area, _points(_in(before, area)), _points(_in(now, area)))


def _points(contents: Iterable[Content]) -> str:
    return points_text(sum((Decimal(one["points"]) for one in contents), Decimal(0)))


def _credits(contents: Iterable[Content]) -> int:
    return len({one["credit"] for one in contents})


def _own(contents: Iterable[Content]) -> list[Content]:
    return [one for one in contents if not one["external_id"]]


def _in(contents: Iterable[Content], area: str) -> list[Content]:
    return [one for one in contents if one["area_title"] == area]
