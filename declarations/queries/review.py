"""The reviewer's page: what was signed, beside what the rules engine and the reviewers say about it now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.keyset import Pager
from cmp_portal.lib.numbered_pages import numbered_pager
from credentials.enums import Hold
from declarations.enums import Move, State
from declarations.models import AtWork, Declaration, DeclaredCredit, Waiting
from declarations.queries.appeals import SentAppeal, sent_appeal
from declarations.queries.claims import lease
from declarations.queries.comparison import Comparison, comparisons
from declarations.queries.flag_words import FlagLine, flag_lines
from declarations.queries.flags import flags_now, signed_credits
from declarations.queries.notes import EventLine, answer_text, has_answer, note_lines, notes_of, step_line
from declarations.queries.pages import Fact
from declarations.queries.review_decisions import Decision, decisions
from declarations.queries.review_rows import Reviewed, ReviewRow, by_credit, review_rows
from declarations.queries.review_standing import StandingBox, standing_box
from declarations.queries.rulings import facts_as_declared, judged, rulings_by_submission
from declarations.rules import LIVE, UNDECIDED

SIZE = 25


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
class ReviewPage:
    title: str
    state_label: str
    holder: str
    flags: tuple[FlagLine, ...]
    banner: Banner | None
    answer_text: str
    facts: tuple[Fact, ...]
    standing: StandingBox
    rows: tuple[ReviewRow, ...]
    rows_title: str
    number: int
    pager: Pager
    comparisons: tuple[Comparison, ...]
    notes: tuple[EventLine, ...]
    note_url: str
    note_uuid: UUID
    appeal: SentAppeal | None
    steps: tuple[EventLine, ...]
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
    notes = notes_of(declaration)
    return ReviewPage(
        title=f"{declaration.cycle.credential.credential_type.code} {declaration.number or ''}".strip(),
        state_label=str(State(declaration.state).label),
        holder=str(declaration.holder),
        flags=tuple(flag_lines(declaration, _flags(declaration), standing, signed.unusual)),
        banner=_banner(declaration, reader, at=at),
        answer_text=answer_text() if has_answer(declaration, notes, steps) else "",
        facts=tuple(_facts(declaration)),
        standing=standing_box(standing, facts.evaluate()),
        rows=tuple(review_rows(reviewed, groups[first : first + SIZE], first=first + 1)),
        rows_title=_("Credits, as declared (%(count)s)") % {"count": len(groups)},
        number=page,
        pager=numbered_pager(_url("change", declaration), page, count=len(groups), size=SIZE),
        comparisons=tuple(comparisons(declaration, declared)),
        notes=tuple(note_lines(declaration, notes)),
        note_url=_url("note", declaration) if reader.may_note else "",
        note_uuid=uuid4(),
        appeal=sent_appeal(declaration, steps),
        steps=tuple(step_line(step, declaration) for step in steps),
        decisions=tuple(decisions(declaration, reader.moves, standing)),
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


def _banner(declaration: Declaration, reader: Reader, *, at: datetime) -> Banner | None:
    if reader.has_denied:
        return Banner(_("You denied this declaration, so a colleague decides on the appeal."), "info", ())
    if not reader.may_take:
        return None
    held = _held(declaration)
    ends_at = held.taken_at + lease() if held else at
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


def _url(name: str, declaration: Declaration) -> str:
    return reverse(f"admin:declarations_declaration_{name}", args=[declaration.pk])
