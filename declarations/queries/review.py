"""The reviewer's page: what was signed, beside what the rules engine and the reviewers say about it now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.formatting import points_text
from credentials.enums import Hold
from declarations.enums import Move, State
from declarations.models import AtWork, Declaration, DeclaredCredit, Note, Ruling, Step, Waiting
from declarations.queries.appeals import SentAppeal, sent_appeal
from declarations.queries.comparison import Comparison, comparisons
from declarations.queries.fees import why_unpaid
from declarations.queries.flag_words import FlagLine, flag_lines
from declarations.queries.flags import flags_now, signed_credits
from declarations.queries.pages import Fact
from declarations.queries.review_rows import Reviewed, ReviewRow, by_credit, review_rows
from declarations.queries.rulings import facts_as_declared, judged, why_not_approved
from declarations.queries.step_words import noted
from declarations.rules import LIVE, UNDECIDED
from education import rules as education_rules
from education.queries import gap_words
from education.queries.progress import Pager

REASON_NEEDED = frozenset({Move.RETURN, Move.DENY, Move.UPHOLD, Move.OVERTURN})
SIZE = 25


@dataclass(frozen=True)
class AreaLine:
    """Points needed and counted in an area; the numbers draw the bar."""

    title: str
    text: str
    counted: str
    needed: str
    is_met: bool


@dataclass(frozen=True)
class StandingBox:
    """The declaration's standing given the rulings, and as signed."""

    headline: str
    is_complete: bool
    signed_text: str
    areas: tuple[AreaLine, ...]


@dataclass(frozen=True)
class Button:
    """An immediate action; `key` is its keyboard shortcut."""

    url: str
    label: str
    key: str
    seen: int = 0


@dataclass(frozen=True)
class Banner:
    """Who is working on the declaration."""

    text: str
    tone: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Decision:
    """A decision offered to the reviewer."""

    move: str
    url: str
    label: str
    key: str
    needs_reason: bool
    hint: str
    # Why the button is disabled for now.
    refusal: str = ""


@dataclass(frozen=True)
class Line:
    """An event or a note, when and by whom."""

    title: str
    text: str
    private_text: str
    when: str


@dataclass(frozen=True)
class ReviewPage:
    title: str
    state_label: str
    holder: str
    flags: tuple[FlagLine, ...]
    banner: Banner | None
    facts: tuple[Fact, ...]
    standing: StandingBox
    rows: tuple[ReviewRow, ...]
    rows_title: str
    number: int
    pager: Pager
    comparisons: tuple[Comparison, ...]
    notes: tuple[Line, ...]
    note_url: str
    note_uuid: UUID
    appeal: SentAppeal | None
    steps: tuple[Line, ...]
    decisions: tuple[Decision, ...]
    seen: int
    next_url: str


@dataclass(frozen=True)
class Reader:
    """The user who reads the page, and what they may do."""

    user: User
    moves: Collection[Move]
    may_take: bool
    may_judge: bool
    may_note: bool
    has_denied: bool  # hence leaves the appeal to a colleague


def review_page(declaration: Declaration, *, reader: Reader, at: datetime, page: int = 1) -> ReviewPage:
    """The review page of a declaration; its holder, cycle, credential and queue entry must be loaded."""
    declared = signed_rows_of(declaration)
    own = [row for row in declared if row.declaration_id == declaration.pk]
    submission = max((row.submission for row in own), default=0)
    rulings = rulings_by_submission(declaration)
    facts = facts_as_declared(declaration)
    signed = signed_credits(declaration)
    reviewed = Reviewed(
        declaration=declaration,
        keys=signed.keys,
        facts=judged(facts, rulings[submission]),
        rulings=rulings,
        submission=submission,
        may_judge=reader.may_judge,
    )
    standing = reviewed.facts.evaluate()
    groups = by_credit([row.content for row in own if row.submission == submission])
    first = (page - 1) * SIZE
    steps = list(declaration.steps.select_related("by").order_by("id"))
    return ReviewPage(
        title=f"{declaration.cycle.credential.credential_type.code} {declaration.number or ''}".strip(),
        state_label=str(State(declaration.state).label),
        holder=str(declaration.holder),
        flags=tuple(flag_lines(declaration, _flags(declaration), standing, signed.unusual)),
        banner=_banner(declaration, reader, at=at),
        facts=tuple(_facts(declaration)),
        standing=standing_box(standing, facts.evaluate()),
        rows=tuple(review_rows(reviewed, groups[first : first + SIZE], first=first + 1)),
        rows_title=_("Credits, as declared (%(count)s)") % {"count": len(groups)},
        number=page,
        pager=_pager(declaration, page, len(groups)),
        comparisons=tuple(comparisons(declaration, declared)),
        notes=tuple(note_lines(declaration)),
        note_url=_url("note", declaration) if reader.may_note else "",
        note_uuid=uuid4(),
        appeal=sent_appeal(declaration, steps),
        steps=tuple(_step_line(step, declaration) for step in steps),
        decisions=tuple(_decisions(declaration, reader.moves, standing)),
        seen=submission,
        next_url=_url("next", declaration) if reader.user.may(Permission.REVIEW) or reader.moves else "",
    )


def signed_rows_of(declaration: Declaration) -> list[DeclaredCredit]:
    """Everything signed in this declaration, and in that of the previous cycle."""
    cycle = declaration.cycle
    earlier = Declaration.objects.filter(
        cycle__credential=cycle.credential_id, cycle__ends_on__lt=cycle.ends_on, state__in=LIVE
    )
    before = earlier.exclude(number=None).order_by("-cycle__ends_on", "-id").values("pk")[:1]
    rows = DeclaredCredit.objects.filter(Q(declaration=declaration) | Q(declaration__in=before))
    return list(rows.order_by("declaration", "submission", "position"))


def rulings_by_submission(declaration: Declaration) -> dict[int, dict[int, Ruling]]:
    """The newest ruling on each credit, by submission."""
    found: dict[int, dict[int, Ruling]] = defaultdict(dict)
    for ruling in Ruling.objects.filter(declaration=declaration).select_related("area", "by").order_by("id"):
        found[ruling.submission][ruling.credit_id] = ruling
    return found


def _flags(declaration: Declaration) -> set[str]:
    if declaration.state not in UNDECIDED:
        return set()
    return {*flags_now([Waiting(pk=declaration.pk)])[declaration.pk]}


def _facts(declaration: Declaration) -> Iterable[Fact]:
    credential, cycle = declaration.cycle.credential, declaration.cycle
    yield Fact(_("Certificate number"), credential.certificate_number)
    if credential.hold != Hold.NONE:
        yield Fact(_("Credential"), str(Hold(credential.hold).label))
    if declaration.received_at:
        yield Fact(_("Received"), longmoment(declaration.received_at))
    yield Fact(_("Cycle ends on"), longdate(cycle.ends_on))
    if declaration.window_starts_on and declaration.window_ends_on:
        days = {"start": longdate(declaration.window_starts_on), "end": longdate(declaration.window_ends_on)}
        yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)
    if declaration.requirement_set:
        yield Fact(_("Requirements"), _("version %(version)s") % {"version": declaration.requirement_set.version})


def standing_box(now: education_rules.Standing, signed: education_rules.Standing) -> StandingBox:
    difference = now.total.counted - signed.total.counted
    words = {"signed": points_text(signed.total.counted), "less": points_text(-difference)}
    return StandingBox(
        headline=_("Complete") if now.is_complete else gap_words(now),
        is_complete=now.is_complete,
        signed_text=_("%(signed)s counted before, now %(less)s less") % words if difference < 0 else "",
        areas=(
            _area(_("In total"), now.total),
            *(_area(area.title, education_rules.Measure(*area[2:5])) for area in now.areas),
        ),
    )


def _area(title: str, measure: education_rules.Measure) -> AreaLine:
    counted, needed = points_text(measure.counted), points_text(measure.needed)
    return AreaLine(
        title=title,
        text=_("%(counted)s of %(needed)s") % {"counted": counted, "needed": needed} if measure.needed else counted,
        counted=str(min(measure.counted, measure.needed)),
        needed=str(measure.needed) if measure.needed else "",
        is_met=not measure.missing,
    )


def _banner(declaration: Declaration, reader: Reader, *, at: datetime) -> Banner | None:
    if reader.has_denied:
        return Banner(_("You denied this declaration, so a colleague decides on the appeal."), "info", ())
    if not reader.may_take:
        return None
    held = _held(declaration)
    ends_at = held.taken_at + timedelta(minutes=settings.REVIEW_LEASE_MINUTES) if held else at
    if held is None or ends_at <= at:
        take = Button(_url("claim", declaration), _("Take it"), "t")
        return Banner(_("No one is working on this declaration."), "info", (take,))
    if held.taken_by_id == reader.user.pk:
        give = Button(_url("release", declaration), _("Give it back"), "g")
        return Banner(_("You have it until %(moment)s.") % {"moment": longmoment(ends_at)}, "success", (give,))
    words = {"colleague": held.taken_by, "moment": longmoment(held.taken_at)}
    over = Button(_url("take_over", declaration), _("Take it over"), "o", seen=held.taken_by_id)
    return Banner(_("%(colleague)s has been working on it since %(moment)s.") % words, "warning", (over,))


def _held(declaration: Declaration) -> AtWork | None:
    """The current claim; it is loaded with the declaration."""
    try:
        return declaration.waiting.at_work
    except ObjectDoesNotExist:
        return None


def _pager(declaration: Declaration, page: int, count: int) -> Pager:
    url, last = _url("change", declaration), max(1, -(-count // SIZE))
    words = {"page": page, "last": last}
    return Pager(
        previous_url=f"{url}?page={page - 1}#credits" if page > 1 else "",
        next_url=f"{url}?page={page + 1}#credits" if page < last else "",
        text=_("page %(page)s of %(last)s") % words,
    )


def note_lines(declaration: Declaration) -> Iterable[Line]:
    for note in declaration.notes.select_related("by").order_by("-id"):
        when = f"{who_words(note.by, declaration)}, {longmoment(note.at)}"
        yield Line(title=_note_title(note, declaration), text=note.text, private_text="", when=when)


def _note_title(note: Note, declaration: Declaration) -> str:
    if note.by.holder_id == declaration.holder_id:
        return _("From the holder")
    return _("To the holder") if note.is_shared else _("Staff only")


def _step_line(step: Step, declaration: Declaration) -> Line:
    when = ", ".join(filter(None, [who_words(step.by, declaration), longmoment(step.at)]))
    text = noted(step.move, step.note)
    return Line(title=str(Move(step.move).label), text=text, private_text=step.private_note, when=when)


def who_words(user: User | None, declaration: Declaration) -> str:
    if user is None:
        return ""
    return _("the holder") if user.holder_id == declaration.holder_id else str(user)


def _decisions(
    declaration: Declaration, moves: Collection[Move], standing: education_rules.Standing
) -> Iterable[Decision]:
    labels = {
        Move.APPROVE: (_("Approve"), "a"),
        Move.RETURN: (_("Return to the holder"), "r"),
        Move.DENY: (_("Deny"), "d"),
        Move.UPHOLD: (_("Uphold the denial"), "u"),
        Move.OVERTURN: (_("Overturn it and approve"), "o"),
    }
    hints = {Move.RETURN: _("The reasons for credits that were not accepted are included.")}
    for move, (label, key) in labels.items():
        if move in moves:
            url = reverse("admin:declarations_declaration_decide", args=[declaration.pk, move.value])
            yield Decision(
                move=move.value,
                url=url,
                label=label,
                key=key,
                needs_reason=move in REASON_NEEDED,
                hint=hints.get(move, ""),
                refusal=_refusal(declaration, move, standing),
            )


def _refusal(declaration: Declaration, move: Move, standing: education_rules.Standing) -> str:
    """Why an offered decision can't be made yet."""
    gap = why_not_approved(standing) if move == Move.APPROVE else ""
    unpaid = why_unpaid(declaration) if move in {Move.APPROVE, Move.OVERTURN} else ""
    return " ".join(filter(None, [gap, unpaid]))


def _url(name: str, declaration: Declaration) -> str:
    return reverse(f"admin:declarations_declaration_{name}", args=[declaration.pk])
