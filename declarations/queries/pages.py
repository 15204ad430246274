"""The holder's pages about a declaration: before it is signed, and ever after."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.words import points_text
from credentials.models import Area, Cycle
from declarations.enums import Move, State
from declarations.models import Attestation, Declaration, DeclaredCredit, Step
from declarations.queries.readiness import Readiness
from declarations.queries.rulings import Said, said_to_holder
from declarations.rules import Blocker
from education.models import Allocation, Evidence
from education.queries import headline, provider_of


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class AreaLine:
    title: str
    counted: Decimal
    minimum: Decimal


@dataclass(frozen=True)
class ShareLine:
    area_title: str
    points: Decimal


@dataclass(frozen=True)
class CreditLine:
    title: str
    provider: str
    completed: str
    counted: Decimal
    shares: tuple[ShareLine, ...]
    evidence_text: str
    detail_url: str


@dataclass(frozen=True)
class DeclarePage:
    """What is about to be signed, for the holder to check."""

    intro: str
    blockers: tuple[str, ...]
    facts_title: str
    facts: tuple[Fact, ...]
    areas: tuple[AreaLine, ...]
    rows: tuple[CreditLine, ...]
    attestation_text: str
    submit_url: str
    progress_url: str
    after_text: str


def declare_page(cycle: Cycle, readiness: Readiness, attestation: Attestation | None) -> DeclarePage:
    """The declaration of a cycle before it is submitted."""
    standing = readiness.standing
    return DeclarePage(
        intro=_("Read it through, then sign. You can withdraw it until the Board has decided."),
        blockers=tuple(_all_blockers(readiness, attestation)),
        facts_title=cycle.credential.credential_type.code,
        facts=tuple(_cycle_facts(cycle, readiness)),
        areas=tuple(AreaLine(area.title, area.counted, area.needed) for area in standing.areas),
        rows=tuple(_rows_before(cycle)),
        attestation_text=attestation.text if attestation else "",
        submit_url=reverse("declarations:submit", args=[cycle.pk]),
        progress_url=f"{reverse('education:progress')}?credential={cycle.credential_id}",
        after_text=_(
            "After submitting, you see the receipt with its moment and number. Keep your documents: the Board may "
            "select your declaration for an audit."
        ),
    )


def _all_blockers(readiness: Readiness, attestation: Attestation | None) -> Iterable[str]:
    yield from blocker_words(readiness)
    if attestation is None:
        yield _("The Board has not published the wording of the declaration yet. Please come back later.")


def blocker_words(readiness: Readiness) -> Iterable[str]:
    """Why a declaration can't be submitted now, and what to do."""
    words = {
        Blocker.NOT_OPEN: _("The declaration opens on %(day)s.") % {"day": longdate(readiness.opens_on)},
        Blocker.INCOMPLETE: headline(readiness.standing),
        Blocker.CLOSED: _("This cycle is renewed already."),
        Blocker.REVOKED: _("This credential is revoked: please write to the Board."),
    }
    return (words[blocker] for blocker in readiness.blockers)


def _cycle_facts(cycle: Cycle, readiness: Readiness) -> Iterable[Fact]:
    window = readiness.standing.window
    total = readiness.standing.total
    days = {"start": longdate(window.starts_on), "end": longdate(window.ends_on)}
    yield Fact(_("Certificate number"), cycle.credential.certificate_number)
    yield Fact(_("Cycle ends on"), longdate(cycle.ends_on))
    yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)
    yield Fact(_("Points"), f"{points_text(total.counted)} / {points_text(total.needed)}")
    yield Fact(_("Advised last day to submit"), longdate(readiness.advised_until))


def _rows_before(cycle: Cycle) -> Iterable[CreditLine]:
    shares = Allocation.objects.filter(cycle=cycle).select_related("area", "credit__provider")
    documents = _documents(cycle)
    ordered = shares.order_by("credit__completed_on", "credit", "area__position")
    for credit, group in groupby(ordered, key=lambda share: share.credit):
        lines = tuple(ShareLine(share.area.title, share.points) for share in group)
        yield CreditLine(
            title=credit.title,
            provider=provider_of(credit),
            completed=longdate(credit.completed_on),
            counted=sum((line.points for line in lines), Decimal(0)),
            shares=lines,
            evidence_text=_documents_text(documents.get(credit.pk, 0)),
            detail_url=reverse("education:credit", args=[credit.uuid]),
        )


def _documents(cycle: Cycle) -> dict[int, int]:
    counts: dict[int, int] = {}
    allocated = Allocation.objects.filter(cycle=cycle).values("credit")
    for credit in Evidence.objects.filter(credit__in=allocated, removed_at=None).values_list("credit", flat=True):
        counts[credit] = counts.get(credit, 0) + 1
    return counts


def _documents_text(count: int) -> str:
    if not count:
        return _("No document yet: keep your certificate.")
    return ngettext("%(count)s document", "%(count)s documents", count) % {"count": count}


@dataclass(frozen=True)
class StepLine:
    title: str
    text: str
    when: str
    state: str


@dataclass(frozen=True)
class ActionLine:
    url: str
    label: str
    kind: str
    post: bool


@dataclass(frozen=True)
class NoteLine:
    text: str
    when: str


@dataclass(frozen=True)
class DetailPage:
    """A declaration as its holder follows it."""

    title: str
    state_label: str
    tone: str
    headline: str
    text: str
    number: str
    received_text: str
    code: str
    actions: tuple[ActionLine, ...]
    steps: tuple[StepLine, ...]
    facts_title: str
    facts: tuple[Fact, ...]
    areas: tuple[AreaLine, ...]
    rows: tuple[CreditLine, ...]
    said: tuple[Said, ...]
    notes: tuple[NoteLine, ...]


TONES = {
    State.RETURNED: "warning",
    State.DENIED: "danger",
    State.ELIGIBLE: "success",
    State.RENEWED: "success",
    State.WITHDRAWN: "warning",
}


def detail_page(declaration: Declaration, *, moves: Collection[Move]) -> DetailPage:
    """The declaration's status, its history, and what was signed; `moves` are those its reader may make."""
    code = declaration.cycle.credential.credential_type.code
    steps = list(declaration.steps.order_by("id"))
    declared = _declared(declaration)
    return DetailPage(
        title=_("Declaration for %(credential)s") % {"credential": code},
        state_label=str(State(declaration.state).label),
        tone=TONES.get(State(declaration.state), "info"),
        headline=_headlines(declaration)[State(declaration.state)],
        text=steps[-1].note if steps else "",
        number=declaration.number or "",
        received_text=moment(declaration.received_at) if declaration.received_at else "",
        code=code,
        actions=tuple(_actions(declaration, moves)),
        steps=tuple(_step_line(step, is_last=step is steps[-1]) for step in steps),
        facts_title=_("What was declared"),
        facts=tuple(_declared_facts(declaration)),
        areas=tuple(_declared_areas(declaration, declared)),
        rows=tuple(_declared_rows(declared)),
        said=said_to_holder(declaration),
        notes=tuple(_shared_notes(declaration)),
    )


def _shared_notes(declaration: Declaration) -> Iterable[NoteLine]:
    """What the Board wrote to the holder, the newest first."""
    for note in declaration.notes.filter(is_shared=True).order_by("-id"):
        yield NoteLine(note.text, moment(note.at))


def _headlines(declaration: Declaration) -> dict[State, str]:
    end = {"day": longdate(declaration.cycle.ends_on)}
    return {
        State.DRAFT: _("Not submitted yet."),
        State.SUBMITTED: _("The Board has received your declaration and will review it."),
        State.UNDER_AUDIT: _("Your declaration was selected for an audit: have your documents ready."),
        State.RETURNED: _("The Board returned your declaration. Change what is asked for, then submit it again."),
        State.ELIGIBLE: _("Approved. Your credential is renewed in the month in which it ends, on %(day)s.") % end,
        State.DENIED: _("The Board denied your declaration."),
        State.APPEALED: _("The Board considers your appeal."),
        State.WITHDRAWN: _("You withdrew this declaration."),
        State.RENEWED: _("Your credential is renewed for three years."),
    }


def _actions(declaration: Declaration, moves: Collection[Move]) -> Iterable[ActionLine]:
    if declaration.state == State.RETURNED and Move.SUBMIT in moves:
        yield ActionLine(
            reverse("declarations:declare", args=[declaration.cycle_id]), _("Check and submit again"), "", False
        )
    if Move.WITHDRAW in moves:
        yield ActionLine(
            reverse("declarations:withdraw", args=[declaration.uuid]), _("Withdraw this declaration"), "danger", True
        )


def _step_line(step: Step, *, is_last: bool) -> StepLine:
    return StepLine(
        title=str(Move(step.move).label),
        text=step.note,
        when=moment(step.at),
        state="current" if is_last else "done",
    )


def moment(at: object) -> str:
    """A moment in words, in the time zone of the page."""
    local = timezone.localtime(at)  # type: ignore[arg-type]
    return formats.date_format(local, "j F Y, H:i T")


def _declared(declaration: Declaration) -> list[DeclaredCredit]:
    """The rows of the newest submission, in the order they were signed."""
    rows = list(declaration.declared.order_by("submission", "position"))
    return [row for row in rows if row.submission == rows[-1].submission]


def _declared_facts(declaration: Declaration) -> Iterable[Fact]:
    yield Fact(_("Certificate number"), declaration.cycle.credential.certificate_number)
    yield Fact(_("Cycle ends on"), longdate(declaration.cycle.ends_on))
    if declaration.window_starts_on and declaration.window_ends_on and declaration.counted is not None:
        days = {"start": longdate(declaration.window_starts_on), "end": longdate(declaration.window_ends_on)}
        yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)
        yield Fact(_("Points"), points_text(declaration.counted))
    if declaration.requirement_set:
        yield Fact(_("Requirements"), _("version %(version)s") % {"version": declaration.requirement_set.version})


def _declared_areas(declaration: Declaration, declared: list[DeclaredCredit]) -> Iterable[AreaLine]:
    counted: dict[str, Decimal] = {}
    for row in declared:
        counted[row.content["area"]] = counted.get(row.content["area"], Decimal(0)) + Decimal(row.content["points"])
    for area in Area.objects.filter(requirement_set=declaration.requirement_set_id).order_by("position"):
        yield AreaLine(area.title, counted.get(area.code, Decimal("0.00")), area.minimum)


def _declared_rows(declared: list[DeclaredCredit]) -> Iterable[CreditLine]:
    contents = sorted((row.content for row in declared), key=lambda one: (one["completed_on"], one["credit"]))
    for _credit, group in groupby(contents, key=lambda one: one["credit"]):
        shares = list(group)
        first = shares[0]
        lines = tuple(ShareLine(one["area_title"], Decimal(one["points"])) for one in shares)
        yield CreditLine(
            title=first["title"],
            provider=first["provider"],
            completed=longdate(date.fromisoformat(first["completed_on"])),
            counted=sum((line.points for line in lines), Decimal(0)),
            shares=lines,
            evidence_text=_documents_text(len(first["evidence"])),
            detail_url=reverse("education:credit", args=[first["credit"]]),
        )
