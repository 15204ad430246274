"""The only code that changes the state of an audit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.actions import tell, withdraw_alerts
from accounts.enums import AlertKind
from accounts.models import Alert, User
from accounts.queries import in_language_of
from audits.enums import AuditMove, AuditState
from audits.models import Audit, AuditStep
from audits.permissions import why_not
from audits.queries import times_brought
from audits.rules.moves import MOVES
from declarations.actions import MoveRefused
from declarations.actions.locks import lock
from declarations.actions.moves import require_reason
from declarations.queries import newest_submission

__all__ = ["MoveRefused", "keep_to_seen", "locked", "move", "require_reason", "tell_move"]

# Moves after which the holder no longer owes what was requested, or no longer waits for its review.
OVERTAKING = frozenset({AuditMove.HAND_IN, AuditMove.ASK_MORE, AuditMove.PASS, AuditMove.FAIL})


def locked(audit: Audit) -> Audit:
    """The audit, re-read with its row locked; its cycle and declaration are locked first, as everywhere."""
    declaration = lock(audit.declaration)
    audit = Audit.objects.select_for_update(of=("self",)).get(pk=audit.pk)
    audit.declaration = declaration
    return audit


def move(audit: Audit, wanted: AuditMove, *, by: User, at: datetime, note: str = "", **changes: Any) -> AuditStep:
    """Move a locked audit to its next state, apply `changes` and record a step; raises MoveRefused if not allowed."""
    if words := why_not(by, audit, wanted):
        raise MoveRefused(words)
    before, after = audit.state, MOVES[wanted][1] or audit.state
    step = AuditStep.objects.create(
        audit=audit, move=wanted, from_state=before, to_state=after, by=by, at=at, note=note.strip()
    )
    for name, value in {"state": after, **changes}.items():
        setattr(audit, name, value)
    audit.save(update_fields=["state", *changes])
    _withdraw_reminders(audit, at=at)
    if wanted in OVERTAKING:
        _withdraw_overtaken(audit, at=at)
    return step


def keep_to_seen(audit: Audit, seen: int | None) -> None:
    """Raise MoveRefused if the holder has added something since; `seen` is what `times_brought` was on the page."""
    if seen is None or audit.state != AuditState.UNDER_REVIEW:
        return
    if seen != times_brought(audit, newest_submission(audit.declaration)):
        raise MoveRefused(_("The holder has added something since you opened this page. Review it before you decide."))


def _withdraw_reminders(audit: Audit, *, at: datetime) -> None:
    """Withdraw reminders that belong to the previous state."""
    prefix = f"{AlertKind.AUDIT_DUE}:{audit.pk}:"
    standing = Alert.objects.filter(holder_id=audit.holder_id, key__startswith=prefix, withdrawn_at=None)
    withdraw_alerts(holder_id=audit.holder_id, keys=standing.values_list("key", flat=True), at=at)


def _withdraw_overtaken(audit: Audit, *, at: datetime) -> None:
    """Withdraw what earlier moves told the holder to do or to wait for."""
    keys = [_key(step) for step in audit.steps.only("pk")]
    withdraw_alerts(holder_id=audit.holder_id, keys=keys, at=at)


def _key(step: AuditStep) -> str:
    return f"audit-step:{step.pk}"


def tell_move(step: AuditStep, *, title: str, body: Callable[[], str] | None = None) -> None:
    """Notify the holder of a move, once, in their language; `%(credential)s` in the title is filled in."""
    declaration = step.audit.declaration
    with in_language_of(step.audit.holder_id):
        tell(
            holder_id=step.audit.holder_id,
            kind=AlertKind.AUDIT_MOVED,
            key=_key(step),
            title=_(title) % {"credential": declaration.cycle.credential.credential_type.code},
            body=body() if body else step.note,
            link=step.audit.get_absolute_url(),
            at=step.at,
        )
