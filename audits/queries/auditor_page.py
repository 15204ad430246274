"""The auditor's page: each declared credit beside its documents, the findings, and what they lead to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, Finding, NotAvailable
from audits.queries.audits import (
    findings_of,
    not_available_in,
    times_brought,
    was_asked_for_more,
    why_not_passed,
    with_an_answer,
)
from audits.rules.moves import OPEN, proposed
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.keyset import Pager
from cmp_portal.lib.numbered_pages import numbered_pager
from credentials.models import ActivityKind
from declarations.models import Declaration
from declarations.queries import facts_as_declared, judged, why_unpaid
from declarations.queries.comparison import Pair, amended
from declarations.queries.flags import signed_credits
from declarations.queries.notes import EventLine, answer_text, note_lines, notes_of, who_words
from declarations.queries.pages import Fact
from declarations.queries.review import signed_rows_of
from declarations.queries.review_decisions import Decision
from declarations.queries.review_rows import Reviewed, ReviewRow, by_credit, review_rows
from declarations.queries.review_standing import StandingBox, standing_box
from declarations.queries.rulings import rulings_by_submission
from education.queries import Facts, gap_words
from education.rules import Standing

SIZE = 25
REASON_NEEDED = frozenset({AuditMove.BEGIN, AuditMove.ASK_MORE, AuditMove.PROPOSE, AuditMove.FAIL})


@dataclass(frozen=True)
class FoundRow:
    """A declared credit as in the review, with the audit's finding."""

    row: ReviewRow
    status: str
    needs_text: str
    found_text: str
    reason: str
    verdict: str
    effect: str
    not_available: str
    find_url: str


@dataclass(frozen=True)
class AuditorPage:
    title: str
    state_label: str
    holder: str
    auditor_text: str
    due_text: str
    proposal: str
    answer_text: str
    facts: tuple[Fact, ...]
    standing: StandingBox
    rows: tuple[FoundRow, ...]
    rows_title: str
    number: int
    pager: Pager
    amended: tuple[Pair, ...]
    notes: tuple[EventLine, ...]
    note_url: str
    note_uuid: UUID
    steps: tuple[EventLine, ...]
    decisions: tuple[Decision, ...]
    seen: int
    extend_url: str
    declaration_url: str
    next_url: str


@dataclass(frozen=True)
class Reader:
    """The user who reads the page, and what they may do."""

    user: User
    moves: Collection[AuditMove]
    may_find: bool
    may_note: bool


def auditor_page(audit: Audit, *, reader: Reader, page: int = 1) -> AuditorPage:
    """Everything needed to decide; credits are paginated."""
    declaration = audit.declaration
    rows = [row for row in signed_rows_of(declaration) if row.declaration_id == declaration.pk]
    submission = max((row.submission for row in rows), default=0)
    rulings = rulings_by_submission(declaration)
    facts = facts_as_declared(declaration)
    now = judged(facts, rulings[submission])
    reviewed = Reviewed(declaration, signed_credits(declaration).keys, now, rulings, submission, may_judge=False)
    groups = by_credit([row.content for row in rows if row.submission == submission])
    findings, first = findings_of(audit), (page - 1) * SIZE
    standing = now.evaluate()
    verdicts = [_verdict(findings.get(group[0]["credit"])) for group in groups]
    return AuditorPage(
        title=f"{declaration.cycle.credential.credential_type.code} {declaration.number or ''}".strip(),
        state_label=str(AuditState(audit.state).label),
        holder=str(audit.holder),
        auditor_text=_auditor_text(audit, reader.user),
        due_text=_("Due on %(day)s") % {"day": longdate(audit.due_on)} if audit.due_on else "",
        proposal=_proposal(audit, verdicts, is_complete=standing.is_complete),
        answer_text=_answer_text(audit),
        facts=tuple(_facts(audit)),
        standing=standing_box(standing, facts.evaluate()),
        rows=tuple(_rows(audit, reviewed, groups[first : first + SIZE], findings, reader, first=first + 1)),
        rows_title=_("Credits, as declared (%(count)s)") % {"count": len(groups)},
        number=page,
        pager=numbered_pager(_url("change", audit), page, count=len(groups), size=SIZE),
        amended=amended(declaration, rows),
        notes=tuple(note_lines(declaration, notes_of(declaration))),
        note_url=_url("note", audit) if reader.may_note else "",
        note_uuid=uuid4(),
        steps=tuple(_steps(audit)),
        decisions=tuple(_decisions(audit, reader.moves, no_pass=_no_pass(declaration, verdicts, standing))),
        seen=times_brought(audit, submission),
        extend_url=_url("extend", audit) if AuditMove.EXTEND in reader.moves else "",
        declaration_url=reverse("admin:declarations_declaration_change", args=[declaration.pk]),
        next_url=_url("next", audit) if reader.user.may(Permission.AUDIT) else "",
    )


def _verdict(finding: Finding | None) -> Verdict | None:
    return Verdict(finding.verdict) if finding else None


def _url(name: str, audit: Audit, *also: str) -> str:
    return reverse(f"admin:audits_audit_{name}", args=[audit.pk, *also])


def _auditor_text(audit: Audit, user: User) -> str:
    if audit.auditor is None:
        return _("No auditor yet.")
    if audit.auditor_id == user.pk:
        return _("You are the auditor.")
    return _("%(colleague)s is the auditor.") % {"colleague": audit.auditor}


def _proposal(audit: Audit, verdicts: list[Verdict | None], *, is_complete: bool) -> str:
    """The outcome that the findings suggest, in words; a person decides."""
    if audit.state != AuditState.UNDER_REVIEW:
        return ""
    outcome = proposed(verdicts, is_complete=is_complete, asked_before=was_asked_for_more(audit))
    words = {
        AuditMove.PASS: _("Based on the findings, it passes: every credit is verified or not needed."),
        AuditMove.ASK_MORE: _(
            "Based on the findings, more is needed: the holder may submit other documents or credits."
        ),
        AuditMove.FAIL: _(
            "Based on the findings, it fails: something is missing, and the holder has already been asked for more."
        ),
    }
    left = sum(verdict is None for verdict in verdicts)
    return words[outcome] if outcome else _("Credits without a finding: %(count)s.") % {"count": left}


def _answer_text(audit: Audit) -> str:
    waits = audit.state in OPEN and audit.pk in with_an_answer([audit.pk])
    return answer_text() if waits else ""


def _facts(audit: Audit) -> Iterable[Fact]:
    declaration = audit.declaration
    yield Fact(_("Certificate number"), declaration.cycle.credential.certificate_number)
    yield Fact(_("Selected"), longmoment(audit.selected_at))
    yield Fact(_("Cycle ends on"), longdate(declaration.cycle.ends_on))
    if declaration.window_starts_on and declaration.window_ends_on:
        days = {"start": longdate(declaration.window_starts_on), "end": longdate(declaration.window_ends_on)}
        yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)


def _rows(
    audit: Audit,
    reviewed: Reviewed,
    groups: Sequence[Sequence[Mapping[str, Any]]],
    findings: Mapping[str, Finding],
    reader: Reader,
    *,
    first: int,
) -> Iterable[FoundRow]:
    kinds = ActivityKind.objects.filter(code__in={group[0]["kind"] for group in groups})
    needs, missing = dict(kinds.values_list("code", "evidence")), not_available_in(audit)
    for row, group in zip(review_rows(reviewed, groups, first=first), groups, strict=True):
        credit = group[0]["credit"]
        finding, key = findings.get(credit), reviewed.keys.get(credit)
        yield FoundRow(
            row=row,
            status=_status(finding, row),
            needs_text=needs.get(group[0]["kind"], ""),
            found_text=_found_text(finding),
            reason=finding.reason if finding else "",
            verdict=finding.verdict if finding else "",
            effect=_effect(reviewed.facts, key, finding) if audit.state in OPEN else "",
            not_available=_not_available_text(missing.get(credit)),
            find_url=_url("find", audit, credit) if reader.may_find and key is not None else "",
        )


def _status(finding: Finding | None, row: ReviewRow) -> str:
    statuses = {Verdict.VERIFIED: "accepted", Verdict.REFUSED: "refused", Verdict.UNCLEAR: "moved"}
    return statuses[Verdict(finding.verdict)] if finding else row.status


def _found_text(finding: Finding | None) -> str:
    if finding is None:
        return ""
    said = f"{Verdict(finding.verdict).label}, {finding.by}"
    return f"{said}: {finding.reason}" if finding.reason else said


def _not_available_text(answer: NotAvailable | None) -> str:
    return _("The holder has no document: %(why)s") % {"why": answer.reason} if answer else ""


def _effect(facts: Facts, key: int | None, finding: Finding | None) -> str:
    """What refusing this credit would mean for the declaration, evaluated by the engine."""
    if key is None or (finding is not None and finding.verdict == Verdict.REFUSED):
        return ""
    without = replace(
        facts, credits=tuple(replace(one, refused="-") if one.id == key else one for one in facts.credits)
    )
    standing = without.evaluate()
    if standing.is_complete:
        return _("If this credit is refused, the declaration is still complete.")
    return _("If this credit is refused: %(gap)s") % {"gap": gap_words(standing)}


def _steps(audit: Audit) -> Iterable[EventLine]:
    for step in sorted(audit.steps.all(), key=lambda step: step.pk):
        when = f"{who_words(step.by, audit.declaration)}, {longmoment(step.at)}"
        yield EventLine(title=str(AuditMove(step.move).label), text=step.note, private_text="", when=when)


def _no_pass(declaration: Declaration, verdicts: Collection[Verdict | None], standing: Standing) -> str:
    """Why the audit can't pass; includes an unpaid fee where passing also approves."""
    unpaid = why_unpaid(declaration) if settings.AUDITOR_MAY_APPROVE else ""
    return " ".join(filter(None, [why_not_passed(verdicts, standing), unpaid]))


def _decisions(audit: Audit, moves: Collection[AuditMove], *, no_pass: str) -> Iterable[Decision]:
    labels = {
        AuditMove.TAKE: (_("Take it") if audit.auditor_id is None else _("Take it over"), "t"),
        AuditMove.REQUEST: (_("Request documents"), "q"),
        AuditMove.BEGIN: (_("Start the review"), "b"),
        AuditMove.PASS: (_("Pass"), "p"),
        AuditMove.ASK_MORE: (_("Ask for more"), "m"),
        AuditMove.PROPOSE: (_("Propose failure"), "r"),
        AuditMove.FAIL: (_("Fail"), "f"),
    }
    hints = {
        AuditMove.PROPOSE: _("A second auditor decides. The holder is not notified until then."),
        AuditMove.FAIL: _("The declaration is denied for this reason. The holder may appeal."),
    }
    for move, (label, key) in labels.items():
        if move in moves:
            needs_reason = move in REASON_NEEDED and (move, audit.state) != (AuditMove.BEGIN, AuditState.RECEIVED)
            url = _url("decide", audit, move.value)
            if move == AuditMove.TAKE and audit.auditor_id is not None:
                url += f"?seen={audit.auditor_id}"
            refusal = no_pass if move == AuditMove.PASS else ""
            yield Decision(move.value, url, label, key, needs_reason, hints.get(move, ""), refusal)
