"""Alerts as their holder sees them: the newest on My Account, all of them on their own page."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, DateField, DateTimeField, Func, Q, Window
from django.db.models.functions import Cast, RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert, AlertQuerySet, User
from accounts.models.alerts import SAYING
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.keyset import MomentCursor, trimmed
from cmp_portal.lib.prepared_statements import prepared

TONES = {
    AlertKind.ALL_ALLOCATED: "success",
    AlertKind.READY_TO_DECLARE: "success",
    AlertKind.RENEWED: "success",
    AlertKind.NO_LONGER_COMPLETE: "warning",
    AlertKind.SHARES_RELEASED: "warning",
    AlertKind.EVIDENCE_REFUSED: "warning",
    AlertKind.ONE_MONTH_LEFT: "warning",
    AlertKind.EXPIRES_SOON: "warning",
    AlertKind.SECURITY: "warning",
    AlertKind.CREDENTIAL_HELD: "warning",
    AlertKind.EXPIRED: "danger",
}
NEWEST = 5
PAGE = 25
COLUMNS = ("kind", "title", "body", "language", "link", "created_at")


@dataclass(frozen=True)
class AlertLine:
    id: int
    title: str
    body: str
    link: str
    link_text: str
    when: str
    tone: str
    dismiss_url: str
    # The language of title and body, if it differs from that of the page.
    language: str = ""
    state: str = ""
    note: str = ""
    mark_url: str = ""
    mark_text: str = ""
    # Which of those with the same title on the page it is, to tell their buttons apart.
    which: str = ""


@dataclass(frozen=True)
class NewestAlerts:
    """The few alerts that My Account shows, and the total number."""

    lines: tuple[AlertLine, ...]
    count_text: str
    all_text: str
    all_url: str


@dataclass(frozen=True)
class Pager:
    previous_url: str
    next_url: str
    text: str = ""


@dataclass(frozen=True)
class AlertsPage:
    lines: tuple[AlertLine, ...]
    pager: Pager
    # ID of the newest alert that "dismiss all" covers; 0 if there is nothing to dismiss.
    until: int


def alerts_visible_to(user: User) -> AlertQuerySet:
    """The user's own alerts, newest first, including dismissed ones."""
    return Alert.objects.filter(holder_id=user.holder_key).order_by("-created_at", "-id")


def newest_alerts(user: User) -> NewestAlerts:
    """The newest alerts for My Account, and the total number, in one query."""
    alerts = _newest_of(user.holder_key, timezone.get_current_timezone_name())
    number: int = getattr(alerts[0], "number", 0) if alerts else 0
    more = ngettext("View all: %(number)s not dismissed", "View all: %(number)s not dismissed", number)
    return NewestAlerts(
        lines=tuple(_told_apart([_line_of_alike(alert) for alert in alerts])),
        count_text=ngettext("%(number)s alert", "%(number)s alerts", number) % {"number": number},
        all_text=more % {"number": number} if number > len(alerts) else _("All alerts"),
        all_url=reverse("accounts:alerts"),
    )


@prepared
def _newest_of(holder: int, zone: str) -> AlertQuerySet:
    """The newest of each group of identical alerts of a day, with group sizes, so that repeats take one line."""
    day = Cast(Func(zone, "created_at", function="timezone", output_field=DateTimeField()), DateField())
    shown = Alert.objects.filter(holder=holder).shown().only(*COLUMNS)
    counted = shown.annotate(
        number=Window(Count("pk")),
        alike=Window(Count("pk"), partition_by=[day, *SAYING]),
        place=Window(RowNumber(), partition_by=[day, *SAYING], order_by=["-created_at", "-id"]),
    )
    return counted.filter(place=1).order_by("-created_at", "-id")[:NEWEST]


def _line_of_alike(alert: Alert) -> AlertLine:
    """A line for a group of identical alerts, which are dismissed together."""
    alike: int = getattr(alert, "alike", 1)
    if alike == 1:
        return _line(alert)
    times = ngettext("%(number)s time", "%(number)s times", alike) % {"number": alike}
    return _line(alert, note=times, dismiss_url=f"{reverse('accounts:dismiss_alert', args=[alert.pk])}?alike=1")


def alerts_page(user: User, *, cursor: MomentCursor | None) -> AlertsPage:
    """All alerts the holder ever received with their status, 25 per page, by keyset pagination."""
    rows = alerts_visible_to(user).filter(_beyond(cursor))
    if cursor is not None and cursor.backwards:
        rows = rows.order_by("created_at", "id")
    alerts, has_newer, has_older = trimmed(list(rows[: PAGE + 1]), cursor=cursor, size=PAGE)
    standing = [alert.pk for alert in alerts if alert.dismissed_at is None and alert.withdrawn_at is None]
    return AlertsPage(
        lines=tuple(_told_apart([_line_of_history(alert) for alert in alerts])),
        pager=Pager(
            previous_url=_address(alerts[0], "b") if has_newer else "",
            next_url=_address(alerts[-1], "f") if has_older else "",
        ),
        until=max(standing, default=0) if cursor is None else 0,
    )


def _beyond(cursor: MomentCursor | None) -> Q:
    if cursor is None:
        return Q()
    if cursor.backwards:
        return Q(created_at__gt=cursor.at) | Q(created_at=cursor.at, id__gt=cursor.id)
    return Q(created_at__lt=cursor.at) | Q(created_at=cursor.at, id__lt=cursor.id)


def _address(alert: Alert, way: str) -> str:
    return f"{reverse('accounts:alerts')}?at={MomentCursor(alert.created_at, alert.pk, way == 'b')}"


def _line(alert: Alert, **more: str) -> AlertLine:
    said = {"when": _day(alert.created_at), "dismiss_url": reverse("accounts:dismiss_alert", args=[alert.pk])} | more
    return AlertLine(
        id=alert.pk,
        title=alert.title,
        body=alert.body,
        link=alert.link,
        link_text=_("See more"),
        tone=TONES.get(AlertKind(alert.kind), "info"),
        language="" if alert.language == get_language() else alert.language,
        **said,
    )


def _line_of_history(alert: Alert) -> AlertLine:
    """A line with the time in the holder's time zone, and the status."""
    when = longmoment(alert.created_at)
    if alert.withdrawn_at is not None:
        why = Withdrawal(alert.withdrawn_because or Withdrawal.OUTDATED).label
        note = _("Withdrawn on %(day)s: %(why)s") % {"day": _day(alert.withdrawn_at), "why": why}
        return _line(alert, when=when, state="withdrawn", note=note, dismiss_url="")
    if alert.dismissed_at is not None:
        note = _("Dismissed on %(day)s") % {"day": _day(alert.dismissed_at)}
        return _line(alert, when=when, state="dismissed", note=note, dismiss_url="")
    is_new = alert.read_at is None
    return _line(
        alert,
        when=when,
        state="new" if is_new else "read",
        note=_("Could not be emailed") if alert.failed_at else "",
        mark_url=reverse("accounts:mark_read" if is_new else "accounts:mark_unread", args=[alert.pk]),
        mark_text=_("Mark as read") if is_new else _("Mark as new"),
    )


def _told_apart(lines: Collection[AlertLine]) -> Iterator[AlertLine]:
    """The lines; those with the same title say when they are of, and if that is the same too, are numbered."""
    titles, seen = Counter(line.title for line in lines), Counter[tuple[str, str]]()
    for line in lines:
        seen[line.title, line.when] += 1
        number = seen[line.title, line.when]
        which = line.when if number == 1 else f"{line.when}, {number}"
        yield replace(line, which=which) if titles[line.title] > 1 else line


def _day(at: datetime) -> str:
    """The day in the holder's time zone."""
    return longdate(timezone.localtime(at).date())
