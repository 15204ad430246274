"""The transcript as a page and as files, and the list of all cycles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.documents import pdf
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.spreadsheets import csv_lines
from credentials.models import Cycle
from credentials.queries import cycles_visible_to
from declarations.queries.pages import AreaLine, Download, Fact, slug_of
from declarations.queries.transcript import ActivityLine, Transcript

# The most rows shown, those that count first: it keeps the page light, and a PDF takes about 80 kB of memory per row.
ON_PAGE, ON_PAPER = 300, 1_500
FORMS = ("pdf", "csv", "json")


class Row(NamedTuple):
    """A line of the transcript in words."""

    completed: str
    title: str
    provider: str
    kind: str
    area: str
    points: str


@dataclass(frozen=True)
class TranscriptPage:
    title: str
    facts: tuple[Fact, ...]
    areas: tuple[AreaLine, ...]
    rows: tuple[Row, ...]
    refused: tuple[Row, ...]
    more_text: str
    downloads: tuple[Download, ...]


def transcript_page(transcript: Transcript) -> TranscriptPage:
    """The transcript page: the first rows only; the files contain all of them."""
    lines, more = _first(transcript, ON_PAGE)
    return TranscriptPage(
        title=_title(transcript),
        facts=tuple(_facts(transcript)),
        areas=transcript.areas,
        rows=tuple(_row(line) for line in lines if not line.refused),
        refused=tuple(_row(line) for line in lines if line.refused),
        more_text=more,
        downloads=_downloads(transcript.cycle),
    )


def _first(transcript: Transcript, most: int) -> tuple[list[ActivityLine], str]:
    """The first lines, and a note on where to find the rest."""
    lines = list(islice(transcript.lines(), most + 1))
    return lines[:most], _("There are more rows: the CSV and JSON files have all of them.") if lines[most:] else ""


def _title(transcript: Transcript) -> str:
    return _("Transcript for %(credential)s") % {"credential": transcript.credential}


def _facts(transcript: Transcript) -> Iterator[Fact]:
    days = {"start": longdate(transcript.starts_on), "end": longdate(transcript.ends_on)}
    yield Fact(_("Holder"), f"{transcript.holder} ({transcript.customer_number})")
    yield Fact(_("Credential"), f"{transcript.credential}, {transcript.title}")
    yield Fact(_("Certificate number"), transcript.certificate_number)
    yield Fact(_("Cycle"), _("%(start)s to %(end)s") % days)
    yield Fact(_("Status"), transcript.status)
    points = {"counted": points_text(transcript.counted), "needed": points_text(transcript.needed)}
    yield Fact(_("Points"), _("%(counted)s of %(needed)s") % points)
    yield Fact(_("Requirements"), transcript.requirements)
    yield Fact(_("As of"), longdate(transcript.on))


def _row(line: ActivityLine) -> Row:
    return Row(
        completed=longdate(line.completed_on),
        title=line.title,
        provider=line.provider,
        kind=line.kind,
        area=_refusal(line) if line.refused else line.area or _("not allocated"),
        points=points_text(line.points if line.area or line.refused else line.credit_points),
    )


def _refusal(line: ActivityLine) -> str:
    return _("The Board did not accept this. Reason: %(reason)s") % {"reason": line.refused}


def _downloads(cycle: int) -> tuple[Download, ...]:
    address = {form: reverse("declarations:transcript_file", args=[cycle, form]) for form in FORMS}
    return tuple(Download(form.upper(), address[form]) for form in FORMS)


# --- Files ------------------------------------------------------------------------------------------------------------


def file_name(transcript: Transcript, form: str) -> str:
    """A portable ASCII file name with the credential and the end of the cycle."""
    return f"transcript-{slug_of(transcript.credential)}-{transcript.ends_on.isoformat()}.{form}"


def as_pdf(transcript: Transcript) -> bytes:
    """The transcript as PDF; the same content on the same day gives the same bytes."""
    lines, more = _first(transcript, ON_PAPER)
    data = {
        "title": _title(transcript),
        "footer": f"{transcript.holder} · {transcript.credential} · {longdate(transcript.on)}",
        "facts": [[fact.label, fact.value] for fact in _facts(transcript)],
        "areas_title": _("Points by area"),
        "areas_header": [_("Area"), _("Counted"), _("Needed")],
        "areas": [[area.title, points_text(area.counted), points_text(area.minimum)] for area in transcript.areas],
        "lines_title": _("Activities"),
        "lines_header": [_("Completed"), _("Activity"), _("Credit"), _("Allocated to"), _("Points")],
        "lines": [_cells(line) for line in lines if not line.refused],
        "refused_title": _("Not accepted by the Board"),
        "refused_header": [_("Completed"), _("Activity"), _("Credit"), _("Reason"), _("Points")],
        "refused": [_cells(line) for line in lines if line.refused],
        "after": more if lines else _("Nothing was completed in this cycle."),
    }
    return pdf("transcript", data, on=transcript.on)


def _cells(line: ActivityLine) -> list[str]:
    row = _row(line)
    activity = f"{line.title}\n{line.provider} · {line.kind}"
    return [row.completed, activity, points_text(line.credit_points), row.area, row.points if line.area else "–"]


CSV_HEADER = ("completed_on", "title", "provider", "kind", "credit_points", "area", "allocated_points", "refused")


def as_csv(transcript: Transcript) -> Iterator[str]:
    """The rows only, machine-readable: ISO dates, points with two decimals."""
    return csv_lines(CSV_HEADER, (_values(line).values() for line in transcript.lines()))


def as_json(transcript: Transcript) -> Iterator[str]:
    """Everything as JSON, streamed line by line so that it is never entirely in memory."""
    yield json.dumps(_head(transcript), ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "lines": ['
    comma = ""
    for line in transcript.lines():
        yield f"{comma}\n  {json.dumps(_values(line), ensure_ascii=False)}"
        comma = ","
    yield "\n ]\n}\n"


def _head(transcript: Transcript) -> dict[str, Any]:
    texts = ("holder", "customer_number", "credential", "title", "certificate_number", "status", "requirements")
    return {
        **{name: getattr(transcript, name) for name in texts},
        "as_of": transcript.on.isoformat(),
        "cycle": {"starts_on": transcript.starts_on.isoformat(), "ends_on": transcript.ends_on.isoformat()},
        "total": {"counted": f"{transcript.counted:.2f}", "needed": f"{transcript.needed:.2f}"},
        "areas": [
            {"title": area.title, "counted": f"{area.counted:.2f}", "needed": f"{area.minimum:.2f}"}
            for area in transcript.areas
        ],
    }


def _values(line: ActivityLine) -> dict[str, str]:
    return {
        "completed_on": line.completed_on.isoformat(),
        "title": line.title,
        "provider": line.provider,
        "kind": line.kind,
        "credit_points": f"{line.credit_points:.2f}",
        "area": line.area,
        "allocated_points": f"{line.points:.2f}",
        "refused": line.refused,
    }


# --- All cycles -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CycleLine:
    credential: str
    days: str
    status: str
    url: str


def transcripts_page(user: User, *, on: date) -> tuple[CycleLine, ...]:
    """All cycles of a holder's credentials, newest first."""
    cycles = cycles_visible_to(user).filter(holder_id=user.holder_key)
    return tuple(_cycle_line(cycle, on=on) for cycle in cycles)


def _cycle_line(cycle: Cycle, *, on: date) -> CycleLine:
    days = {"start": longdate(cycle.starts_on), "end": longdate(cycle.ends_on)}
    return CycleLine(
        credential=f"{cycle.credential.credential_type.code}, {cycle.credential.certificate_number}",
        days=_("%(start)s to %(end)s") % days,
        status=_status(cycle, on=on),
        url=reverse("declarations:transcript", args=[cycle.pk]),
    )


def _status(cycle: Cycle, *, on: date) -> str:
    if cycle.closed_at:
        return _("Renewed on %(day)s") % {"day": longdate(board_day(cycle.closed_at))}
    return _("Next cycle") if cycle.starts_on > on else _("Current cycle")
