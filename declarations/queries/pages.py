"""The holder's page about a declaration from its submission on."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.formatting import points_text
from credentials.models import Area
from declarations.enums import Move, State
from declarations.models import Declaration, DeclaredCredit, Step
from declarations.queries.appeals import SentAppeal, sent_appeal
from declarations.queries.rulings import Said, said_to_holder
from declarations.queries.step_words import noted_on_page


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Download:
    label: str
    url: str


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


def slug_of(credential: str) -> str:
    """A credential's code as part of a portable ASCII file name: MLS(ASCP) gives mls-ascp."""
    return slugify(credential.replace("(", " "))


def documents_text(count: int) -> str:
    return ngettext("%(count)s document", "%(count)s documents", count) % {"count": count} if count else ""


def without_documents(rows: Iterable[CreditLine]) -> str:
    """One sentence about all credits without documents; empty if there are none."""
    count = sum(not row.evidence_text for row in rows)
    words = ngettext(
        "%(count)s credit has no document here. Keep its certificate: it may be required in an audit.",
        "%(count)s credits have no document here. Keep their certificates: they may be required in an audit.",
        count,
    )
    return words % {"count": count} if count else ""


@dataclass(frozen=True)
class StepLine:
    title: str
    text: str
    when: str
    state: str


@dataclass(frozen=True)
class ActionLine:
    """An action on the page; `confirm` explains its consequence before it is taken."""

    url: str
    label: str
    kind: str = ""
    confirm: str = ""


@dataclass(frozen=True)
class NoteLine:
    text: str
    when: str
    is_own: bool


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
    without_documents: str
    said: tuple[Said, ...]
    notes: tuple[NoteLine, ...]
    answer_url: str
    answer_uuid: UUID
    appeal: SentAppeal | None


TONES = {
    State.RETURNED: "warning",
    State.DENIED: "danger",
    State.ELIGIBLE: "success",
    State.RENEWED: "success",
    State.WITHDRAWN: "warning",
}


def detail_page(
    declaration: Declaration,
    *,
    moves: Collection[Move],
    may_appeal: bool = False,
    may_reply: bool = False,
    is_owed: bool = False,
) -> DetailPage:
    """A declaration's status, its history, and what was signed; `moves` are those its reader may make.

    `may_appeal`: it was not appealed before, and the deadline has not passed. `may_reply`: notes of the Board may be
    answered. `is_owed`: its fee is unpaid.
    """
    code = declaration.cycle.credential.credential_type.code
    steps = list(declaration.steps.order_by("id"))
    last = noted_on_page(steps[-1].move, steps[-1].note) if steps else ""
    declared = _declared(declaration)
    rows, notes = tuple(_declared_rows(declared)), tuple(shared_notes(declaration))
    can_reply = may_reply and not all(note.is_own for note in notes)
    return DetailPage(
        title=_("Declaration for %(credential)s") % {"credential": code},
        state_label=str(State(declaration.state).label),
        tone=TONES.get(State(declaration.state), "info"),
        headline=_headlines(declaration)[State(declaration.state)],
        text=last or _what_next(State(declaration.state), is_owed=is_owed),
        number=declaration.number or "",
        received_text=longmoment(declaration.received_at) if declaration.received_at else "",
        code=code,
        actions=tuple(_actions(declaration, steps, moves, may_appeal=may_appeal)),
        steps=tuple(_step_line(step, is_last=step is steps[-1]) for step in steps),
        facts_title=_("What was declared"),
        facts=tuple(_declared_facts(declaration)),
        areas=tuple(_declared_areas(declaration, declared)),
        rows=rows,
        without_documents=without_documents(rows),
        said=said_to_holder(declaration),
        notes=notes,
        answer_url=reverse("declarations:reply", args=[declaration.uuid]) if can_reply else "",
        answer_uuid=uuid4(),
        appeal=sent_appeal(declaration, steps),
    )


def shared_notes(declaration: Declaration) -> Iterable[NoteLine]:
    """The Board's notes to the holder and the answers, newest first."""
    for note in declaration.notes.filter(is_shared=True).select_related("by").order_by("-id"):
        is_own = note.by.holder_id == declaration.holder_id
        who = _("You, %(moment)s") if is_own else _("The Board, %(moment)s")
        yield NoteLine(note.text, who % {"moment": longmoment(note.at)}, is_own)


def was_written_to(declaration: Declaration) -> bool:
    """Whether the Board has written a note that its holder may answer."""
    return declaration.notes.filter(is_shared=True).exclude(by__holder=declaration.holder_id).exists()


def _headlines(declaration: Declaration) -> dict[State, str]:
    end = {"day": longdate(declaration.cycle.ends_on)}
    years = declaration.cycle.credential.credential_type.cycle_years
    renewed = ngettext(
        "Your credential is renewed for %(years)s year.", "Your credential is renewed for %(years)s years.", years
    )
    return {
        State.DRAFT: _("Not submitted yet."),
        State.SUBMITTED: _("The Board has received your declaration and will review it."),
        State.UNDER_AUDIT: _("Your declaration was selected for an audit. View the audit to see what there is to do."),
        State.RETURNED: _("The Board returned your declaration. Make the requested changes, then submit it again."),
        State.ELIGIBLE: _("Approved. Your credential ends on %(day)s and is renewed in that month.") % end,
        State.DENIED: _("The Board denied your declaration."),
        State.APPEALED: _("The Board is considering your appeal."),
        State.WITHDRAWN: _("You withdrew this declaration."),
        State.RENEWED: renewed % {"years": years},
    }


def _what_next(state: State, *, is_owed: bool) -> str:
    """What the holder has to do while the Board has the declaration: nothing, or only pay."""
    if state not in (State.SUBMITTED, State.APPEALED):
        return ""
    if is_owed:
        return _("Pay the fee, and keep your documents. You will get an alert with the Board's decision.")
    return _(
        "There is nothing more to do for now. You will get an alert with the Board's decision. Keep your documents."
    )


def _actions(
    declaration: Declaration, steps: Collection[Step], moves: Collection[Move], *, may_appeal: bool
) -> Iterable[ActionLine]:
    if may_appeal and Move.APPEAL in moves:
        yield ActionLine(reverse("declarations:appeal", args=[declaration.uuid]), _("Appeal the denial"))
    if declaration.state == State.RETURNED and Move.SUBMIT in moves:
        yield ActionLine(reverse("declarations:declare", args=[declaration.cycle_id]), _("Check and submit again"))
    if declaration.state in (State.WITHDRAWN, State.DENIED) and declaration.cycle.closed_at is None:
        start = f"{reverse('declarations:start')}?credential={declaration.cycle.credential_id}"
        yield ActionLine(start, _("Declare again"))
    if any(step.move == Move.AUDIT for step in steps):
        yield ActionLine(reverse("audits:detail", args=[declaration.uuid]), _("View the audit"))
    if declaration.state == State.RENEWED:
        yield ActionLine(reverse("declarations:proofs"), _("View the letter and certificate"))
    if Move.WITHDRAW in moves:
        url, label = reverse("declarations:withdraw", args=[declaration.uuid]), _("Withdraw this declaration")
        yield ActionLine(
            url, label, "danger", _("The Board then stops its review. To be renewed, you must declare again.")
        )


def _step_line(step: Step, *, is_last: bool) -> StepLine:
    return StepLine(
        title=str(Move(step.move).label),
        text=noted_on_page(step.move, step.note),
        when=longmoment(step.at),
        state="current" if is_last else "done",
    )


def _declared(declaration: Declaration) -> list[DeclaredCredit]:
    """The rows of the newest submission, in the order in which they were signed."""
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
    if seal := declaration.seals.order_by("submission").values_list("hash", flat=True).last():
        yield Fact(_("Seal"), seal)


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
            evidence_text=documents_text(len(first["evidence"])),
            detail_url=reverse("education:credit", args=[first["credit"]]),
        )
