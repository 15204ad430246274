"""The audit as its holder sees and responds to it: credit by credit, beside what was declared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, AuditStep, Finding, NotAvailable
from audits.queries.audits import findings_of, not_available_in
from audits.queries.gaps import SIZE, Gaps, gaps_of
from audits.rules.moves import AMONG_STAFF, WITH_HOLDER
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.formatting import points_words
from cmp_portal.lib.keyset import Pager
from cmp_portal.lib.numbered_pages import numbered_pager
from credentials.models import ActivityKind
from declarations.enums import State
from declarations.models import Declaration
from declarations.queries.comparison import Pair, amended
from declarations.queries.pages import Fact, NoteLine, StepLine, shared_notes
from declarations.queries.review import signed_rows_of
from declarations.queries.review_rows import by_credit
from declarations.rules import LIVE
from education.models import Evidence
from education.queries import FileLine, file_line


@dataclass(frozen=True)
class AskedLine:
    """A declared credit: what is needed for it, what is there, and what the Board found."""

    number: int
    anchor: str
    title: str
    origin: str
    points: str
    places: str
    needs_text: str
    files: tuple[FileLine, ...]
    verdict: str
    verdict_text: str
    tone: str
    not_available: str
    credit_url: str
    evidence_url: str
    answer_url: str


@dataclass(frozen=True)
class AuditPage:
    """An audit as its holder sees it."""

    title: str
    state_label: str
    tone: str
    headline: str
    text: str
    due_text: str
    facts: tuple[Fact, ...]
    hand_in_url: str
    gaps: Gaps | None
    replace_url: str
    appeal_url: str
    declaration_url: str
    ways_out: tuple[str, ...]
    amended: tuple[Pair, ...]
    rows: tuple[AskedLine, ...]
    rows_title: str
    number: int
    pager: Pager
    notes: tuple[NoteLine, ...]
    answer_url: str
    answer_uuid: UUID
    steps: tuple[StepLine, ...]


TONES = {AuditState.MORE_NEEDED: "warning", AuditState.FAILED: "danger", AuditState.PASSED: "success"}
VERDICT_TONES = {Verdict.VERIFIED: "success", Verdict.REFUSED: "danger", Verdict.UNCLEAR: "warning"}


def audit_page(audit: Audit, *, may_answer: bool, may_amend: bool, may_appeal: bool, page: int = 1) -> AuditPage:
    """Everything the holder needs to respond; credits are paginated."""
    declaration, state = audit.declaration, AuditState(audit.state)
    code = declaration.cycle.credential.credential_type.code
    steps = [step for step in audit.steps.order_by("id") if step.move not in AMONG_STAFF]
    rows = [row for row in signed_rows_of(declaration) if row.declaration_id == declaration.pk]
    newest = max((row.submission for row in rows), default=0)
    groups = by_credit([row.content for row in rows if row.submission == newest])
    findings = findings_of(audit) if state not in {AuditState.SELECTED, AuditState.UNDER_REVIEW} else {}
    first = (page - 1) * SIZE
    notes = tuple(shared_notes(declaration))
    can_reply = may_answer and not all(note.is_own for note in notes)
    refused = any(one.verdict == Verdict.REFUSED for one in findings.values())
    return AuditPage(
        title=_("Audit of the declaration for %(credential)s") % {"credential": code},
        state_label=str(state.label),
        tone=TONES.get(state, "info"),
        headline=_headlines(declaration)[state],
        text=steps[-1].note if steps and state in {*WITH_HOLDER, AuditState.FAILED} else "",
        due_text=_due_text(audit),
        facts=tuple(_facts(audit)),
        hand_in_url=_url("hand_in", audit) if may_answer and state in WITH_HOLDER else "",
        gaps=gaps_of(audit),
        replace_url=_url("replace", audit) if may_amend and refused else "",
        appeal_url=reverse("declarations:appeal", args=[declaration.uuid]) if may_appeal else "",
        declaration_url=declaration.get_absolute_url(),
        ways_out=tuple(_ways_out(audit, may_appeal=may_appeal)),
        amended=amended(declaration, rows),
        rows=tuple(_lines(audit, groups[first : first + SIZE], findings, may_answer=may_answer, first=first + 1)),
        rows_title=_("Credits, as declared (%(count)s)") % {"count": len(groups)},
        number=page,
        pager=numbered_pager(audit.get_absolute_url(), page, count=len(groups), size=SIZE),
        notes=notes,
        answer_url=_url("answer", audit) if can_reply else "",
        answer_uuid=uuid4(),
        steps=tuple(_step_line(step, is_last=step is steps[-1]) for step in steps),
    )


def _url(name: str, audit: Audit, *also: str) -> str:
    return reverse(f"audits:{name}", args=[audit.declaration.uuid, *also])


def _headlines(declaration: Declaration) -> dict[AuditState, str]:
    end = {"day": longdate(declaration.cycle.ends_on)}
    years = _years(declaration)
    renewed = ngettext(
        "Passed. Your credential has been renewed for %(years)s year.",
        "Passed. Your credential has been renewed for %(years)s years.",
        years,
    )
    passed = {
        State.UNDER_AUDIT: _("Passed. Your declaration now goes to the Board for approval."),
        State.RETURNED: _("Passed, but the Board has returned the declaration for another reason."),
        State.RENEWED: renewed % {"years": years},
    }
    approved = _("Passed. Your cycle ends on %(day)s, and your credential is renewed in that month.") % end
    failed = _("The Board could not verify what you declared, and has denied the declaration.")
    return {
        AuditState.SELECTED: _("Your declaration was selected for an audit. The Board will ask for documents."),
        AuditState.REQUESTED: _("The Board has requested a document for every credit you declared."),
        AuditState.RECEIVED: _("The Board has your documents. You don't need to do anything right now."),
        AuditState.UNDER_REVIEW: _("The Board is reviewing your documents. You don't need to do anything right now."),
        AuditState.MORE_NEEDED: _("The Board needs more before it can decide."),
        AuditState.PASSED: passed.get(State(declaration.state), approved),
        AuditState.FAILED: failed,
    }


def _years(declaration: Declaration) -> int:
    return declaration.cycle.credential.credential_type.cycle_years


def _due_text(audit: Audit) -> str:
    if audit.state not in WITH_HOLDER or audit.due_on is None:
        return ""
    return _("Answer by %(day)s.") % {"day": longdate(audit.due_on)}


def _facts(audit: Audit) -> Iterable[Fact]:
    declaration = audit.declaration
    yield Fact(_("Declaration number"), declaration.number or "")
    yield Fact(_("Selected"), longmoment(audit.selected_at))
    if declaration.window_starts_on and declaration.window_ends_on:
        days = {"start": longdate(declaration.window_starts_on), "end": longdate(declaration.window_ends_on)}
        yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)


def _ways_out(audit: Audit, *, may_appeal: bool) -> Iterable[str]:
    """The holder's options after a failed audit. Source: submit-cmp-declaration; reinstatement: QIHC page."""
    if audit.state != AuditState.FAILED:
        return
    state = audit.declaration.state
    if state == State.APPEALED:
        yield _("You have appealed. The Board is considering your letter.")
    elif state in LIVE:
        yield _("Your appeal was successful: the denial was overturned.")
    else:
        if may_appeal:
            yield _(
                "You can appeal once, with a letter, if an incapacitating illness of more than a year, a military"
                " assignment overseas, or something equally serious kept you from meeting the requirements."
            )
        yield _("You can declare again with other credits completed before the credential expires.")
        years = _years(audit.declaration)
        reinstated = ngettext(
            "Once it has expired, you can ask to be reinstated: allocate credits completed no more than %(years)s year"
            " ago and submit a declaration. The Board charges a reinstatement fee in addition to the application fee.",
            "Once it has expired, you can ask to be reinstated: allocate credits completed no more than %(years)s years"
            " ago and submit a declaration. The Board charges a reinstatement fee in addition to the application fee.",
            years,
        )
        yield reinstated % {"years": years}


@dataclass(frozen=True)
class _Known:
    """What is known about the credits of a page, by UUID."""

    findings: dict[str, Finding]
    missing: dict[str, NotAvailable]
    files: dict[str, list[FileLine]]
    needs: dict[str, str]


def _lines(
    audit: Audit, groups: Sequence[list[Any]], findings: dict[str, Finding], *, may_answer: bool, first: int
) -> Iterable[AskedLine]:
    firsts = [group[0] for group in groups]
    kinds = ActivityKind.objects.filter(code__in={one["kind"] for one in firsts})
    known = _Known(
        findings=findings,
        missing=not_available_in(audit),
        files=_files([one["credit"] for one in firsts]),
        needs=dict(kinds.values_list("code", "evidence")),
    )
    for number, group in enumerate(groups, start=first):
        yield _line(audit, group, known, number, may_answer=may_answer)


def _line(audit: Audit, group: list[Any], known: _Known, number: int, *, may_answer: bool) -> AskedLine:
    one, credit = group[0], group[0]["credit"]
    finding, missing = known.findings.get(credit), known.missing.get(credit)
    return AskedLine(
        number=number,
        anchor=f"credit-{number}",
        title=one["title"],
        origin=f"{one['provider']} · {longdate(date.fromisoformat(one['completed_on']))}",
        points=points_words(sum((Decimal(share["points"]) for share in group), Decimal(0))),
        places=", ".join(share["area_title"] for share in group),
        needs_text=known.needs.get(one["kind"], ""),
        files=tuple(known.files[credit]),
        verdict=str(Verdict(finding.verdict).label) if finding else "",
        verdict_text=finding.reason if finding else "",
        tone=VERDICT_TONES[Verdict(finding.verdict)] if finding else "",
        not_available=missing.reason if missing else "",
        credit_url=reverse("education:credit", args=[credit]),
        evidence_url=_url("evidence", audit, credit) if may_answer else "",
        answer_url=_url("not_available", audit, credit) if may_answer else "",
    )


def _files(credits: Sequence[str]) -> dict[str, list[FileLine]]:
    found: dict[str, list[FileLine]] = defaultdict(list)
    documents = Evidence.objects.filter(credit__uuid__in=credits, removed_at=None).annotate(proves=F("credit__uuid"))
    for document in documents.order_by("id"):
        found[str(document.proves)].append(file_line(document, removable=False))
    return found


def _step_line(step: AuditStep, *, is_last: bool) -> StepLine:
    return StepLine(
        title=str(AuditMove(step.move).label),
        text=step.note,
        when=longmoment(step.at),
        state="current" if is_last else "done",
    )
