"""The page on which operators see the scheduled jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import RunState
from accounts.queries.jobs import JobStatus, job_statuses
from cmp_portal.lib.formatting import span_words

TONES = {RunState.DONE: "success", RunState.FAILED: "danger", RunState.INTERRUPTED: "danger"}


@dataclass(frozen=True)
class Mark:
    """A state as a tone (for its color and icon) and a word."""

    tone: str
    label: str


@dataclass(frozen=True)
class JobLine:
    """One job: its last run, its last success compared with its schedule, and what went wrong."""

    mark: Mark
    words: str
    name: str
    succeeded: str
    every: str
    took: str
    rows: str
    remarks: list[str]


@dataclass(frozen=True)
class JobsPage:
    headline: Mark
    lines: list[JobLine]


def mark_of(state: RunState) -> Mark:
    return Mark(TONES.get(state, "info"), str(state.label).capitalize())


def jobs_page(*, at: datetime) -> JobsPage:
    statuses = job_statuses(at=at)
    bad = sum(one.is_bad for one in statuses)
    words = ngettext("%(number)d job needs attention", "%(number)d jobs need attention", bad) % {"number": bad}
    headline = Mark("danger", words) if bad else _headline_of(statuses)
    return JobsPage(headline, [_line(one) for one in statuses])


def _headline_of(statuses: list[JobStatus]) -> Mark:
    """The headline if nothing is wrong."""
    new = sum(one.age is None for one in statuses)  # or is in its first run
    if not new:
        return Mark("success", _("All jobs succeeded on time"))
    words = ngettext(
        "%(number)d job has not run yet and is not late", "%(number)d jobs have not run yet and are not late", new
    )
    return Mark("info", words % {"number": new})


def _mark(one: JobStatus) -> Mark:
    if one.is_late:
        return Mark("danger", _("Late"))
    return Mark("info", _("Not run yet")) if one.run is None else mark_of(one.state)


def _succeeded(one: JobStatus) -> str:
    if one.age is not None:
        return _("%(span)s ago") % {"span": span_words(one.age)}
    return _("never") if one.is_late else _("not yet")


def _line(one: JobStatus) -> JobLine:
    return JobLine(
        mark=_mark(one),
        words=one.job.words.capitalize(),
        name=one.job.name,
        succeeded=_succeeded(one),
        every=span_words(timedelta(seconds=one.job.every)),
        took=span_words(one.took) if one.took is not None else "",
        rows="" if one.won_rows is None else f"{one.won_rows:,}",
        remarks=_remarks(one),
    )


def _remarks(one: JobStatus) -> list[str]:
    """Remarks, only where there is something to say; for a late job also the state of its last run."""
    run, said = one.run, []
    if one.is_late and run:
        said.append(_("Last run: %(state)s.") % {"state": one.state.label})
    if one.state == RunState.INTERRUPTED and run:
        said.append(_("Started %(span)s ago and never finished.") % {"span": span_words(one.at - run.started_at)})
    if one.failures:
        failed = ngettext(
            "%(number)d run has failed since then.", "%(number)d runs have failed since then.", one.failures
        )
        said.append(failed % {"number": one.failures})
    if run and run.error:
        said.append(run.error)
    if run and run.reported_at and not run.ended_at:
        said.append(_("%(rows)s rows so far.") % {"rows": f"{run.rows or 0:,}"})
    if run and run.turned_away:
        said.append(_("Other runs found it already running: %(number)d.") % {"number": run.turned_away})
    return said
