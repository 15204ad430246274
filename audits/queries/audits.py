"""Look up audits, their findings and answers."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, AuditStep, Finding, NotAvailable
from audits.rules.moves import WITH_HOLDER
from cmp_portal.lib.dates import longdate
from declarations.enums import State
from declarations.models import Declaration, DeclaredCredit, Note
from declarations.queries import newest_submission, signed_contents
from education.queries import gap_words
from education.rules import Standing


def audits_visible_to(user: User) -> QuerySet[Audit]:
    """The user's own audits; all of them for auditors."""
    audits = Audit.objects.select_related(
        "declaration__cycle__credential__credential_type",
        "declaration__requirement_set",
        "declaration__holder",
        "holder",
        "auditor",
        "round",
    )
    return audits if user.may(Permission.AUDIT) else audits.filter(holder_id=user.holder_key)


def proposer_of(audit: Audit) -> int | None:
    """Who has proposed that the audit fail; None if nobody has since the review began."""
    steps = [step for step in audit.steps.all() if step.move in {AuditMove.BEGIN, AuditMove.PROPOSE}]
    newest = max(steps, key=lambda step: step.pk, default=None)
    return newest.by_id if newest is not None and newest.move == AuditMove.PROPOSE else None


def with_a_proposal(audits: Iterable[int]) -> set[int]:
    """The IDs of those audits under review whose failure was proposed: a second auditor decides."""
    return set(proposals(Audit.objects.filter(pk__in=list(audits))).values_list("pk", flat=True))


def proposals(audits: QuerySet[Audit]) -> "QuerySet[Any]":
    """Those of the audits, with the `proposer` of each failure."""
    steps = AuditStep.objects.filter(audit=OuterRef("pk"), move__in=[AuditMove.BEGIN, AuditMove.PROPOSE])
    newest, reviewed = steps.order_by("-id"), audits.filter(state=AuditState.UNDER_REVIEW)
    marked = reviewed.annotate(newest=Subquery(newest.values("move")[:1]), proposer=Subquery(newest.values("by")[:1]))
    return marked.filter(newest=AuditMove.PROPOSE)


def findings_of(audit: Audit) -> dict[str, Finding]:
    """The newest finding on each credit, by the credit's UUID as text."""
    found = Finding.objects.filter(audit=audit).select_related("declared_credit", "by")
    ordered = found.order_by("declared_credit__submission", "id")
    return {str(one.declared_credit.content.get("credit", "")): one for one in ordered}


def declared_row(audit: Audit, credit: UUID) -> DeclaredCredit | None:
    """The first share of a credit in the newest submission; None if the credit is not part of it."""
    declaration = audit.declaration
    newest = declaration.declared.filter(submission=newest_submission(declaration), content__credit=str(credit))
    return newest.order_by("position").first()


def not_available_in(audit: Audit) -> dict[str, NotAvailable]:
    """Credits for which the holder has stated that there is no document, by UUID as text."""
    found = NotAvailable.objects.filter(audit=audit).select_related("credit")
    return {str(one.credit.uuid): one for one in found}


def with_an_answer(audits: Iterable[int]) -> set[int]:
    """The IDs of those audits whose holder has replied and to which the Board has not written or acted since."""
    return set(_answers().filter(declaration__audit__in=list(audits)).values_list("declaration__audit", flat=True))


def answered() -> QuerySet[Audit]:
    """All audits with such an answer, open or not."""
    return Audit.objects.filter(declaration__in=_answers().values("declaration"))


def _answers() -> QuerySet[Note]:
    of_board = Note.objects.filter(declaration=OuterRef("declaration"), is_shared=True, id__gt=OuterRef("pk"))
    replied = of_board.exclude(by__holder=OuterRef("holder"))
    steps = AuditStep.objects.filter(audit=OuterRef("declaration__audit"), at__gt=OuterRef("at"))
    moved = steps.exclude(by__holder=OuterRef("holder")).exclude(move=AuditMove.TAKE)
    return Note.objects.filter(by__holder=F("holder")).exclude(Exists(replied)).exclude(Exists(moved))


def was_asked_for_more(audit: Audit) -> bool:
    """Whether the holder was already asked for more."""
    return any(step.move == AuditMove.ASK_MORE for step in audit.steps.all())


def verdicts_of(audit: Audit) -> list[Verdict | None]:
    """The finding on each credit of the newest submission; None where there is none yet."""
    findings = findings_of(audit)
    credits = dict.fromkeys(content["credit"] for content in signed_contents(audit.declaration))
    return [Verdict(findings[credit].verdict) if credit in findings else None for credit in credits]


def times_brought(audit: Audit, submission: int) -> int:
    """How often the holder has brought something, up to the submission: by submitting, or by handing in."""
    return submission + sum(step.move == AuditMove.HAND_IN for step in audit.steps.all())


def why_not_passed(verdicts: Collection[Verdict | None], standing: Standing) -> str:
    """Why the audit can't pass; empty if all credits are judged, and it is complete without the refused."""
    if not verdicts or not {*verdicts} <= {Verdict.VERIFIED, Verdict.REFUSED}:
        return _("Some credits have no finding yet, or an unclear one.")
    if not standing.is_complete:
        return _("The declaration is not complete, so it can't pass. %(gap)s") % {"gap": gap_words(standing)}
    return ""


def open_audits(declarations: Iterable[Declaration]) -> dict[int, Audit]:
    """The audits of those declarations that are under audit, by cycle ID."""
    keys = [one.pk for one in declarations if one.state == State.UNDER_AUDIT]
    if not keys:
        return {}
    return {
        one.declaration.cycle_id: one
        for one in Audit.objects.filter(declaration__in=keys).select_related("declaration")
    }


def audit_words(audit: Audit) -> str:
    """What an audit currently asks of its holder, in a sentence."""
    until = _("Answer by %(day)s.") % {"day": longdate(audit.due_on)} if audit.due_on else ""
    words = {
        AuditState.REQUESTED: _("The Board has requested documents for the credits you declared."),
        AuditState.MORE_NEEDED: _("The audit of your declaration needs more from you."),
        AuditState.SELECTED: _("Your declaration is being audited. Have your documents ready."),
        AuditState.PASSED: _("Your declaration has passed its audit. You don't need to do anything right now."),
    }
    waiting = _("The Board is reviewing your documents. You don't need to do anything right now.")
    told = words.get(AuditState(audit.state), waiting)
    return f"{told} {until}".strip() if audit.state in WITH_HOLDER else told
