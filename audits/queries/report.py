"""The report on a round: sample sizes, outcomes, time to decide, and reasons for refusals."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import rules
from audits.enums import AuditState
from audits.models import Round, Stratum
from audits.queries.population import stratum_words
from audits.queries.round_pages import moment_words
from cmp_portal.lib.charts import AGES, Chart, Row, by_age, columns
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.documents import pdf
from cmp_portal.lib.spreadsheets import csv_lines
from declarations.queries.pages import Download

REASONS = 12  # on the page; the files have more
OUTCOMES = "SELECT state, COUNT(*) FROM audits_audit WHERE round_id = %(round)s GROUP BY 1"
DAYS = """
    SELECT floor(extract(epoch FROM decided_at - selected_at) / 86400)::int, COUNT(*)
      FROM audits_audit WHERE round_id = %(round)s AND decided_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""
WHY = """
    SELECT f.reason, COUNT(*) FROM audits_finding f JOIN audits_audit a ON a.id = f.audit_id
     WHERE a.round_id = %(round)s AND f.verdict = 'refused' GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class Report:
    """The figures of a round: counts by outcome, by whole days from selection to decision, and by reason."""

    round: int
    title: str
    cutoff: str
    strata: tuple[tuple[str, str, int, int], ...]
    outcomes: tuple[tuple[str, int], ...]
    days: tuple[tuple[int, int], ...]
    reasons: tuple[tuple[str, int], ...]

    @property
    def population(self) -> int:
        return sum(size for _words, _rate, size, _drawn in self.strata)

    @property
    def drawn(self) -> int:
        return sum(drawn for _words, _rate, _size, drawn in self.strata)

    @property
    def decided(self) -> int:
        return sum(count for _days, count in self.days)


@dataclass(frozen=True)
class ReportPage:
    title: str
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    downloads: tuple[Download, ...]


def report_of(round: Round) -> Report:
    """The report on a round as of now; four queries, whatever the number of audits."""
    strata = Stratum.objects.filter(round=round).order_by("credential_type__code", "is_late", "has_findings")
    rows = strata.values_list("credential_type__code", "is_late", "has_findings", "rate", "population", "drawn")
    states = {state: count for state, count in _ask(OUTCOMES, round)}
    return Report(
        round=round.pk,
        title=str(round),
        cutoff=moment_words(round.cutoff_at),
        strata=tuple(
            (stratum_words(rules.Stratum(code, late, found)), rules.percent(rate), population, drawn)
            for code, late, found, rate, population, drawn in rows
        ),
        outcomes=tuple((str(state.label), states[state]) for state in AuditState if state in states),
        days=tuple(_ask(DAYS, round)),
        reasons=tuple(_ask(WHY, round)),
    )


def has_report(round: Round) -> bool:
    """Whether there are figures yet: it is drawn, or selects declarations as they are submitted."""
    return round.drawn_at is not None or round.is_rolling


def _ask(statement: str, round: Round) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"round": round.pk})
        return list(cursor.fetchall())


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield _("Cut-off"), report.cutoff
    yield _("Population"), f"{report.population:,}"
    yield _("Drawn"), _share(report.drawn, report.population)
    yield _("Decided"), f"{report.decided:,}"
    yield _("Median time to decide"), _median_words(report)


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if whole else f"{part:,}"


def _median_words(report: Report) -> str:
    if not report.days:
        return _("nothing decided yet")
    middle = median(days for days, count in report.days for _one in range(count))
    return ngettext("%(days)s day", "%(days)s days", int(middle)) % {"days": f"{middle:g}"}


def report_text(report: Report) -> Iterator[tuple[str, str]]:
    """The report as lines of label and value."""
    yield from _facts(report)
    for words, rate, population, drawn in report.strata:
        yield f"{words}, {rate}", _share(drawn, population)
    yield from ((state, f"{count:,}") for state, count in report.outcomes)
    yield from ((f"“{reason}”", f"{count:,}") for reason, count in report.reasons[:REASONS])


def report_page(round: Round) -> ReportPage:
    """The report as a page with charts."""
    report = report_of(round)
    address = {form: reverse("admin:audits_round_report_file", args=[round.pk, form]) for form in ("csv", "pdf")}
    return ReportPage(
        title=_("Report on %(round)s") % {"round": report.title},
        facts=tuple(_facts(report)),
        charts=tuple(_charts(report)),
        downloads=tuple(Download(form.upper(), url) for form, url in address.items()),
    )


def _charts(report: Report) -> Iterator[Chart]:
    audits = sum(count for _state, count in report.outcomes)
    words = ngettext("%(count)s audit.", "%(count)s audits.", audits) % {"count": f"{audits:,}"}
    yield _numbered("outcomes", _("Outcomes"), words, report.outcomes, (_("State"), _("Audits")))
    words = ngettext("%(count)s audit has been decided.", "%(count)s audits have been decided.", report.decided)
    words %= {"count": f"{report.decided:,}"}
    heads = (_("Days from selection"), _("Audits"))
    yield columns("days", _("Time to decide"), words, _grouped(report.days), heads)
    refused = sum(count for _reason, count in report.reasons)
    words = ngettext("%(count)s credit was refused.", "%(count)s credits were refused.", refused)
    words %= {"count": f"{refused:,}"}
    yield _numbered("reasons", _("Reasons"), words, report.reasons[:REASONS], (_("Reason"), _("Credits")))


def _numbered(name: str, title: str, text: str, counts: Sequence[tuple[str, int]], heads: tuple[str, str]) -> Chart:
    """A bar chart with numbers as bar labels, as long texts don't fit; the text explains the numbers."""
    labels = [f"{place}: {label}" for place, (label, _count) in enumerate(counts, start=1)]
    bars = [(str(place), count) for place, (_label, count) in enumerate(counts, start=1)]
    rows = tuple(Row(label, (f"{count:,}",)) for label, (_label, count) in zip(labels, counts, strict=True))
    return replace(columns(name, title, f"{text} {' · '.join(labels)}", bars, heads), rows=rows)


def _grouped(days: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    return by_age((bisect_right(AGES, day), count) for day, count in days)


# --- Files ------------------------------------------------------------------------------------------------------------

CSV_HEADER = ("figure", "of", "count", "whole")


def report_csv(report: Report) -> Iterator[str]:
    """The report as CSV, one figure per line."""
    return csv_lines(CSV_HEADER, _lines(report))


def _lines(report: Report) -> Iterator[tuple[str, str, str, str]]:
    for words, rate, population, drawn in report.strata:
        yield "drawn", f"{words}, {rate}", str(drawn), str(population)
    for state, count in report.outcomes:
        yield "outcome", state, str(count), ""
    for days, count in report.days:
        yield "days to decide", str(days), str(count), ""
    for reason, count in report.reasons:
        yield "reason", reason, str(count), ""


def report_pdf(report: Report, *, on: date) -> bytes:
    """The report as a PDF; byte-identical for the same figures on the same day."""
    refusals = [[reason, f"{count:,}"] for reason, count in report.reasons]
    strata = [[words, rate, f"{size:,}", f"{drawn:,}"] for words, rate, size, drawn in report.strata]
    tables = [
        (_("The lists"), [_("Declarations for"), _("Rate"), _("Population"), _("Drawn")], strata),
        (_("Outcomes"), [_("State"), _("Audits")], [[state, f"{count:,}"] for state, count in report.outcomes]),
        (_("Time to decide"), [_("Days from selection"), _("Audits")], _cells(_grouped(report.days))),
        (_("Reasons"), [_("Reason"), _("Credits")], refusals[: 10 * REASONS]),
    ]
    data = {
        "title": _("Report on %(round)s") % {"round": report.title},
        "footer": f"{report.title} · {longdate(on)}",
        "facts": [list(fact) for fact in [*_facts(report), (_("As of"), longdate(on))]],
        "tables": [{"title": title, "header": header, "rows": rows} for title, header, rows in tables if rows],
    }
    return pdf("audit-round", data, on=on)


def _cells(counts: Sequence[tuple[str, int]]) -> list[list[str]]:
    return [[label, f"{count:,}"] for label, count in counts]
