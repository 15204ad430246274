"""Review statistics as charts with captions: received, decided, and waiting by age and by credential type."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.charts import AGES, WIDTH, Bar, Chart, Row, bar, by_age, columns
from declarations.rules import UNDECIDED

WEEKS = 12
RECEIVED_OR_DECIDED = """
    SELECT date_trunc('week', day)::date, SUM(received), SUM(decided)
      FROM (SELECT received_on AS day, 1 AS received, 0 AS decided FROM declarations_declaration
             WHERE received_on >= %(since)s
             UNION ALL
            SELECT decided_on, 0, 1 FROM declarations_declaration WHERE decided_on >= %(since)s) moved
     GROUP BY 1
"""
MEDIAN = """
    SELECT COUNT(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY decided_on - received_on)
      FROM declarations_declaration WHERE decided_on >= %(since)s
"""
WAITING = """
    SELECT t.code, width_bucket(%(on)s - d.received_on, %(ages)s), COUNT(*)
      FROM declarations_waiting w
      JOIN declarations_declaration d ON d.id = w.declaration_id
      JOIN credentials_credentialtype t ON t.id = w.credential_type_id
     WHERE w.state = ANY(%(undecided)s)
     GROUP BY 1, 2
"""


@dataclass(frozen=True)
class FiguresPage:
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]


def figures_page(*, on: date) -> FiguresPage:
    """The statistics on `on`, a date in the Board's time zone: the last twelve weeks, and what is waiting now."""
    monday = on - timedelta(days=on.weekday())
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    moved = {week: (int(received), int(decided)) for week, received, decided in _ask(RECEIVED_OR_DECIDED, weeks[0])}
    ((decided, median),) = _ask(MEDIAN, weeks[0])
    waiting = _ask(WAITING, weeks[0], on=on, ages=list(AGES), undecided=sorted(UNDECIDED))
    total, ages = sum(count for _type, _age, count in waiting), by_age((age, count) for _type, age, count in waiting)
    return FiguresPage(
        facts=(
            (_("Waiting now"), f"{total:,}"),
            (_("Decided in the last twelve weeks"), f"{decided:,}"),
            (_("Median time to decide"), _days_words(median)),
        ),
        charts=(
            _weeks_chart(weeks, moved),
            _chart("age", _("Age of waiting declarations"), ages, _("Days since receipt")),
            _chart("type", _("Waiting declarations, by credential"), _type_counts(waiting), _("Credential")),
        ),
    )


def _ask(statement: str, since: date, **values: object) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": since, **values})  # type: ignore[dict-item]
        return list(cursor.fetchall())


def _days_words(days: float | None) -> str:
    if days is None:
        return _("nothing decided yet")
    return ngettext("%(days)s day", "%(days)s days", round(days)) % {"days": f"{days:g}"}


def _weeks_chart(weeks: Sequence[date], moved: dict[date, tuple[int, int]]) -> Chart:
    pairs = [moved.get(week, (0, 0)) for week in weeks]
    labels = [formats.date_format(week, "j M") for week in weeks]
    received, decided = (sum(column) for column in zip(*pairs, strict=True))
    words = {"received": f"{received:,}", "decided": f"{decided:,}"}
    return Chart(
        name="weeks",
        title=_("Received and decided, week by week"),
        text=_("In the last twelve weeks, %(received)s were received and %(decided)s decided.") % words,
        bars=tuple(_pairs_of_bars(labels, pairs)),
        heads=(_("Week of"), _("Received"), _("Decided")),
        rows=tuple(Row(label, (f"{came:,}", f"{went:,}")) for label, (came, went) in zip(labels, pairs, strict=True)),
        legend=(_("received"), _("decided")),
    )


def _pairs_of_bars(labels: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Bar]:
    most, slot = max(1, *(max(pair) for pair in pairs)), WIDTH // len(pairs)
    for place, (label, (came, went)) in enumerate(zip(labels, pairs, strict=True)):
        start, width = place * slot + slot // 10, slot * 2 // 5
        middle = start + width
        yield bar(start, width, came, most, middle, label, "received")
        yield bar(start + width, width, went, most, middle, "", "decided")


def _chart(name: str, title: str, counts: Sequence[tuple[str, int]], head: str) -> Chart:
    total = sum(count for _label, count in counts)
    words = ngettext("%(count)s declaration is waiting.", "%(count)s declarations are waiting.", total)
    return columns(name, title, words % {"count": f"{total:,}"}, counts, (head, _("Waiting")))


def _type_counts(waiting: Iterable[tuple]) -> list[tuple[str, int]]:  # type: ignore[type-arg]
    """The eight most frequent types, and the others combined."""
    counts: dict[str, int] = {}
    for code, _age, count in waiting:
        counts[code] = counts.get(code, 0) + count
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _code, count in ordered[8:])
    return [*ordered[:8], *([(_("others"), rest)] if rest else [])]
