"""Checks for overdue work."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min

from accounts.enums import RunState
from accounts.queries import JobStatus, job_statuses, undelivered, unreachable
from cmp_portal.lib.formatting import span_words
from cmp_portal.operations.doctor.findings import Finding, Level, by_limits, ok, problem, warning
from education.models import IntakeRow, Webhook

MAIL_WARNS, MAIL_ALARMS = 15 * 60, 2 * 60 * 60  # seconds
# Single mailboxes are full at any time; this many at once point to the mail server, or to how we stand with it.
REFUSED_WARNS, UNREACHABLE_WARNS = 25, 25
UNMATCHED_WARNS = timedelta(days=7)
SEE_CODES = "look for “refused” in the worker's log: the mail server's codes say why"
SEE_RUNS = "see its runs in the back office under Job runs, and the worker's log"


def scheduled_jobs(at: datetime) -> Iterator[Finding]:
    for one in job_statuses(at=at):
        yield _of_job(one)


def _of_job(one: JobStatus) -> Finding:
    what, ago = f"job {one.job.name}", _ago(one.age)
    if one.state == RunState.NEVER and not one.is_late:
        return ok(what, f"it has not run yet, {span_words(one.since_migrations)} after the migrations")
    if one.state == RunState.NEVER:
        return warning(
            what, "it has never run", "check that worker and beat are running: celery -A cmp_portal worker, … beat"
        )
    if one.is_late:
        return problem(what, f"late: last success: {ago}; last run: {one.state.label}", SEE_RUNS)
    if one.is_bad:
        return warning(what, f"last run: {one.state.label}; last success: {ago}", SEE_RUNS)
    return ok(what, f"{one.state.label}; last success: {ago}")


def _ago(age: timedelta | None) -> str:
    return "never" if age is None else f"{span_words(age)} ago"


def undelivered_alerts(at: datetime) -> Iterator[Finding]:
    found = undelivered(at=at)
    age = max(at - found.oldest_at, timedelta()) if found.oldest_at else timedelta()
    level = by_limits(age.total_seconds(), warn=MAIL_WARNS, alarm=MAIL_ALARMS)
    told = f"{found.waiting:,} waiting" + (f", the oldest for {span_words(age)}" if found.waiting else "")
    told += f"; {found.refused:,} were refused by the mail server" if found.refused else ""
    yield Finding(level, "alerts to email", told, "" if level == Level.OK else "see job deliver_alerts and mail above")
    if found.refused >= REFUSED_WARNS:
        yield warning("refused emails", f"{found.refused:,}, tried again for four days", SEE_CODES)


def unreachable_addresses(at: datetime) -> Iterator[Finding]:
    found = unreachable(at=at)
    told = f"{found.addresses:,} on file refuse email, {found.lately:,} of them since yesterday"
    if found.lately >= UNREACHABLE_WARNS:
        yield warning("addresses", told, SEE_CODES)
    else:
        yield ok("addresses", told)


def unmatched_lines(at: datetime) -> Iterator[Finding]:
    waiting = IntakeRow.objects.waiting()
    number, oldest = waiting.count(), waiting.aggregate(oldest=Min("batch__started_at"))["oldest"]
    if number and oldest and at - oldest > UNMATCHED_WARNS:
        to_do = "match them in the back office under Lines of feeds: someone's credits are missing"
        yield warning("lines without a holder", f"{number:,}, the oldest for {(at - oldest).days} d", to_do)
    else:
        yield ok("lines without a holder", f"{number:,}")


def silent_webhooks(at: datetime) -> Iterator[Finding]:
    off = Webhook.objects.exclude(disabled_at=None).order_by("provider__code")
    if codes := list(off.values_list("provider__code", flat=True)):
        to_do = "ask the provider, then enable it again in the back office under Webhooks: notices are waiting"
        yield warning("webhooks", f"disabled: {', '.join(codes)}", to_do)
    else:
        yield ok("webhooks", f"{Webhook.objects.count():,}, none disabled")


CHECKS = (scheduled_jobs, undelivered_alerts, unreachable_addresses, unmatched_lines, silent_webhooks)
