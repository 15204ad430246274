"""Disputes: a holder contests a delivered credit, and the Board decides."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from education.actions.allocation import CreditGone, lock_credit
from education.actions.corrections import Correction, as_it_is, correct, says, seen_of
from education.enums import DisputeState, Outcome
from education.models import Credit, Dispute
from education.permissions import may_decide

CHANGED = gettext_lazy(
    "The credit changed after you opened this page. Check its current details and enter any corrections"
    " that are still needed."
)


class DisputeRefused(Exception):
    """The dispute can't be raised or decided like this; `field` names the field to correct, if it is a single one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def dispute(*, credit: Credit, note: str, by: User, at: datetime) -> Dispute:
    """Puts a delivered credit into the Board's queue; the same note again returns the open dispute."""
    credit = lock_credit(credit.pk)
    if credit.is_self_recorded:
        raise DisputeRefused(_("You recorded this credit yourself. Correct or withdraw it instead."))
    waiting = Dispute.objects.filter(credit=credit, state=DisputeState.OPEN).first()
    if waiting is None:
        return Dispute.objects.create(holder_id=credit.holder_id, credit=credit, note=note, raised_at=at, raised_by=by)
    if waiting.note != note:
        raise DisputeRefused(_("The Board already has your dispute. Wait for its answer."))
    return waiting


@transaction.atomic
def decide(
    *,
    dispute: Dispute,
    outcome: Outcome,
    answer: str,
    correction: Correction | None = None,
    seen: str = "",
    by: User,
    at: datetime,
) -> Dispute:
    """Decides a dispute once; only CORRECTED, with its `correction`, and NOT_THEIRS change the credit.

    `seen` is `seen_of` the credit that the correction was written for: if the credit has changed since, it is refused.
    """
    credit = _locked_credit_of(dispute)
    dispute = Dispute.objects.select_for_update().get(pk=dispute.pk)
    state = DisputeState.DECLINED if outcome == Outcome.DECLINED else DisputeState.UPHELD
    changed = _correction(credit, outcome, correction)
    is_done = changed is None or says(credit, changed)
    if is_done and (dispute.state, dispute.answer, dispute.decided_by_id) == (state, answer, by.pk):
        return dispute
    _refuse_undecidable(dispute, answer, by=by)
    if changed is not None:
        _refuse_stale(credit, outcome, seen)
        _refuse_unlikely(changed, at=at)
        correct(credit=credit, correction=changed, at=at)
    dispute.state, dispute.answer, dispute.decided_by, dispute.decided_at = state, answer, by, at
    dispute.save()
    _tell_answered(dispute, credit, at=at)
    return dispute


def _refuse_undecidable(dispute: Dispute, answer: str, *, by: User) -> None:
    if dispute.state != DisputeState.OPEN:
        raise DisputeRefused(_("This dispute has already been decided."))
    if not may_decide(by, dispute):
        raise DisputeRefused(_("You may not decide this dispute."))
    if not answer.strip():
        raise DisputeRefused(_("Write an answer. The holder needs to know why."), field="answer")


def _correction(credit: Credit, outcome: Outcome, correction: Correction | None) -> Correction | None:
    if outcome == Outcome.NOT_THEIRS:
        return as_it_is(credit, withdrawn=True)
    return correction if outcome == Outcome.CORRECTED else None


def _locked_credit_of(dispute: Dispute) -> Credit:
    """The disputed credit, locked; if it became one with another meanwhile, that one is to be looked at first."""
    try:
        return lock_credit(dispute.credit_id)
    except CreditGone:
        raise DisputeRefused(str(CHANGED)) from None


def _refuse_stale(credit: Credit, outcome: Outcome, seen: str) -> None:
    if outcome == Outcome.CORRECTED and seen and seen != seen_of(credit):
        raise DisputeRefused(str(CHANGED))


def _refuse_unlikely(correction: Correction, *, at: datetime) -> None:
    if correction.completed_on > board_day(at):
        raise DisputeRefused(_("An activity counts only after it is completed. Check the day."), field="completed_on")


def _tell_answered(dispute: Dispute, credit: Credit, *, at: datetime) -> None:
    with in_language_of(dispute.holder_id):
        tell(
            holder_id=dispute.holder_id,
            kind=AlertKind.DISPUTE_ANSWERED,
            key=f"{AlertKind.DISPUTE_ANSWERED}:{dispute.pk}",
            title=(_("The Board answered your dispute about “%(title)s”") % {"title": credit.title})[:200],
            body=f"{dispute.get_state_display()}. {dispute.answer}",
            link=dispute.get_absolute_url(),
            at=at,
        )
