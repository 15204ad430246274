"""The page "Who changed your record": each entry of the audit trail in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import ChangeKind, RequestState, Role
from accounts.models import Holder
from cmp_portal import trail
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.formatting import points_text
from cmp_portal.trail import OTHER, STAFF, SYSTEM, YOU, Entry, Place
from credentials.enums import ClaimState, Hold
from declarations.enums import State
from declarations.queries import noted_on_page
from education.enums import DisputeState

SHOWN = 25
TONES = {STAFF: "warning", YOU: "success", SYSTEM: "info", OTHER: "danger"}
WHO: dict[str, Callable[[], str]] = {
    STAFF: lambda: _("The Board"),
    SYSTEM: lambda: _("Automatic"),
    YOU: lambda: _("You"),
    OTHER: lambda: _("Another account"),
}


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One change: what, by whom, when; `detail` says more about who it was."""

    title: str
    who: str
    detail: str
    tone: str
    when: str
    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class HistoryPage:
    tabs: tuple[Tab, ...]
    lines: tuple[Line, ...]
    newest_url: str
    older_url: str


def history_page(holder: Holder, *, before: str = "", who: str = "") -> HistoryPage:
    """One page of a record's changes, newest first, always in a single query."""
    who = who if who in TONES else ""
    place = Place.read(before)
    found = trail.entries_of(holder.pk, before=place, who=who, limit=SHOWN + 1)
    older = _url(who, str(found[SHOWN - 1].place)) if len(found) > SHOWN else ""
    return HistoryPage(
        tabs=tuple(_tabs(who)),
        lines=tuple(map(line_of, found[:SHOWN])),
        newest_url=_url(who) if place else "",
        older_url=older,
    )


def _url(who: str, before: str = "") -> str:
    asked = [f"{name}={value}" for name, value in (("who", who), ("before", before)) if value]
    return reverse("account:history") + ("?" + "&".join(asked) if asked else "")


def _tabs(who: str) -> Iterator[Tab]:
    yield Tab(_("All"), _url(""), who == "")
    for key, label in WHO.items():
        yield Tab(label(), _url(key), key == who)


def line_of(entry: Entry) -> Line:
    title, text = TITLES[entry.source](entry)
    return Line(
        title=title,
        who=WHO[entry.who](),
        detail=_detail(entry),
        tone=TONES[entry.who],
        when=longmoment(entry.place.at),
        text=text,
        changes=tuple(_changes(entry)),
    )


def _detail(entry: Entry) -> str:
    """The roles of the Board's staff, with their email if NAME_STAFF_TO_HOLDERS is set; empty for anyone else."""
    if entry.who != STAFF:
        return ""
    roles = ", ".join(str(Role(role).label) for role in entry.roles if role in trail.BOARD)
    return f"{entry.email} ({roles})" if settings.NAME_STAFF_TO_HOLDERS else roles


# --- What changed -----------------------------------------------------------------------------------------------------


def _day(value: Any) -> str:
    return longdate(date.fromisoformat(str(value)))


SHOWN_AS: dict[str, tuple[Callable[[], str], Callable[[Any], str]]] = {
    "first_name": (lambda: _("First name"), str),
    "last_name": (lambda: _("Last name"), str),
    "email": (lambda: _("Address on file"), str),
    "customer_number": (lambda: _("Customer number"), str),
    "birth_month": (lambda: _("Month of birth"), str),
    "certificate_number": (lambda: _("Certificate number"), str),
    "certified_on": (lambda: _("Certified on"), _day),
    "hold": (lambda: _("Hold"), lambda value: str(Hold(value).label)),
    "starts_on": (lambda: _("Starts on"), _day),
    "ends_on": (lambda: _("Ends on"), _day),
    "title": (lambda: _("Title"), str),
    "completed_on": (lambda: _("Completed on"), _day),
    "points": (lambda: _("Points"), lambda value: points_text(Decimal(value) / 100)),
}
# Sources whose values are shown column by column; of an account, only that something changed.
TOLD = {"holder", "credential", "cycle", "credit"}


def _changes(entry: Entry) -> Iterator[Change]:
    if entry.source not in TOLD or entry.was is None or entry.label == "delete":
        return
    for column, (label, show) in SHOWN_AS.items():
        if column in entry.now and entry.has_changed(column):
            old, new = entry.was[column], entry.now[column]
            yield Change(label(), _shown(show, old), _shown(show, new))


def _shown(show: Callable[[Any], str], value: Any) -> str:
    return _("nothing") if value is None or value == "" else show(value)


# --- What happened: a title and the note ------------------------------------------------------------------------


def _made_or_changed(entry: Entry, made: str, changed: str, gone: str) -> str:
    if entry.label == "delete":
        return gone
    return made if entry.was is None else changed


def _holder(entry: Entry) -> tuple[str, str]:
    return _made_or_changed(
        entry, _("Your record was created"), _("Your record was changed"), _("Your record was deleted")
    ), ""


def _login(entry: Entry) -> tuple[str, str]:
    linked, unlinked = _("An account was linked to your record"), _("An account was unlinked from your record")
    if entry.label == "delete":
        return _("The account linked to your record was deleted"), ""
    if entry.was is None or entry.has_changed("holder_id"):
        return linked if entry.now["holder_id"] and not (entry.was or {}).get("holder_id") else unlinked, ""
    if entry.has_changed("email"):
        return _("The main email address of your account was changed"), ""
    if entry.has_changed("is_active"):
        return _("Your account was activated") if entry.now["is_active"] else _("Your account was deactivated"), ""
    return _("The roles of your account were changed"), ""


def _claim(entry: Entry) -> tuple[str, str]:
    titles = {
        ClaimState.LINKED: _("Your record was linked to the account that claimed it"),
        ClaimState.CONTESTED: _("Another account claimed your record"),
        ClaimState.TURNED_DOWN: _("A claim to your record was turned down"),
        ClaimState.UNDONE: _("A link created by a claim was undone"),
    }
    return titles.get(entry.now["state"], _("A claim to your record")), ""


def _change(entry: Entry) -> tuple[str, str]:
    what = {"what": ChangeKind(entry.now["kind"]).label}
    titles = {
        RequestState.OPEN: _("%(what)s: a change was requested") % what,
        RequestState.GRANTED: _("%(what)s: the change was granted") % what,
        RequestState.DECLINED: _("%(what)s: the change was declined") % what,
        RequestState.WITHDRAWN: _("%(what)s: the request was withdrawn") % what,
    }
    return titles[entry.now["state"]], entry.now["note"]


def _credential(entry: Entry) -> tuple[str, str]:
    what = {"number": entry.now["certificate_number"]}
    made, changed = _("Certificate %(number)s was entered") % what, _("Certificate %(number)s was changed") % what
    return _made_or_changed(entry, made, changed, _("Certificate %(number)s was deleted") % what), ""


def _cycle(entry: Entry) -> tuple[str, str]:
    what = {"day": _day(entry.now["ends_on"])}
    if entry.has_changed("closed_at"):
        return _("The cycle ending %(day)s was closed") % what, ""
    made, changed = _("A cycle ending %(day)s was entered") % what, _("The cycle ending %(day)s was changed") % what
    return _made_or_changed(entry, made, changed, _("The cycle ending %(day)s was deleted") % what), ""


def _synchronisation(entry: Entry) -> tuple[str, str]:
    titles = {
        RequestState.OPEN: _("A request was made to end all cycles on the same day"),
        RequestState.GRANTED: _("The request to end all cycles on the same day was granted"),
        RequestState.DECLINED: _("The request to end all cycles on the same day was declined"),
        RequestState.WITHDRAWN: _("The request to end all cycles on the same day was withdrawn"),
    }
    return titles[entry.now["state"]], entry.now["note"]


def _credit(entry: Entry) -> tuple[str, str]:
    what = {"title": entry.now["title"]}
    if entry.has_changed("withdrawn_at"):
        if entry.now["withdrawn_at"] is None:
            return _("“%(title)s” was restored") % what, ""
        return _("“%(title)s” was withdrawn") % what, ""
    made, changed = _("“%(title)s” was entered") % what, _("“%(title)s” was changed") % what
    return _made_or_changed(entry, made, changed, _("“%(title)s” was deleted") % what), ""


def _dispute(entry: Entry) -> tuple[str, str]:
    titles = {
        DisputeState.OPEN: _("A credit was disputed"),
        DisputeState.UPHELD: _("A dispute about a credit was upheld"),
        DisputeState.DECLINED: _("A dispute about a credit was declined"),
    }
    return titles[entry.now["state"]], entry.now["answer"]


def _declaration(entry: Entry) -> tuple[str, str]:
    what = {"number": entry.now["number"] or "", "state": State(entry.now["state"]).label}
    return _("Declaration %(number)s is now “%(state)s”") % what, noted_on_page(entry.now["move"], entry.now["note"])


TITLES: dict[str, Callable[[Entry], tuple[str, str]]] = {
    "holder": _holder,
    "login": _login,
    "claim": _claim,
    "change": _change,
    "credential": _credential,
    "cycle": _cycle,
    "synchronisation": _synchronisation,
    "credit": _credit,
    "dispute": _dispute,
    "declaration": _declaration,
}
