"""Findings: whether each declared credit is verified, refused, or unclear."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audits import queries
from audits.actions.moves import MoveRefused, keep_to_seen, locked
from audits.enums import Verdict
from audits.models import Audit, Finding
from audits.permissions import may_find
from cmp_portal.lib.contention import retry_on_conflict
from declarations.actions.rulings import record_ruling
from declarations.enums import Ruled
from declarations.models import DeclaredCredit
from declarations.queries import newest_rulings
from education.models import Credit


@retry_on_conflict
@transaction.atomic
def find(
    *, audit: Audit, credit: Credit, verdict: Verdict, by: User, at: datetime, reason: str = "", seen: int | None = None
) -> Finding:
    """Record what the documents of a declared credit prove; idempotent.

    A refused credit stops counting: the engine reads the Board's rulings, so the finding is written as a ruling too.
    """
    audit = locked(audit)
    if not may_find(by, audit):
        raise MoveRefused(
            _("Either you are not allowed to judge the credits of this audit, or the audit is not under review.")
        )
    keep_to_seen(audit, seen)
    reason = "" if verdict == Verdict.VERIFIED else reason.strip()
    if verdict != Verdict.VERIFIED and not reason:
        raise MoveRefused(_("Write a reason. The holder needs to know why."))
    row = queries.declared_row(audit, credit.uuid)
    if row is None:
        raise MoveRefused(_("This credit is not part of the latest submission."))
    _rule(audit, credit, verdict, reason, by=by, at=at)
    return _found(audit, row, verdict, reason, by=by, at=at)


def _found(audit: Audit, row: DeclaredCredit, verdict: Verdict, reason: str, *, by: User, at: datetime) -> Finding:
    known = Finding.objects.filter(audit=audit, declared_credit=row).first()
    if known is not None and (known.verdict, known.reason) == (verdict, reason):
        return known
    finding, _is_new = Finding.objects.update_or_create(
        audit=audit, declared_credit=row, defaults={"verdict": verdict, "reason": reason, "by": by, "at": at}
    )
    return finding


def _rule(audit: Audit, credit: Credit, verdict: Verdict, reason: str, *, by: User, at: datetime) -> None:
    declaration = audit.declaration
    newest = newest_rulings(declaration).get(credit.pk)
    if verdict == Verdict.REFUSED:
        record_ruling(declaration, credit, Ruled.REFUSED, None, reason, by=by, at=at)
    elif newest is not None and newest.outcome == Ruled.REFUSED:
        record_ruling(declaration, credit, Ruled.ACCEPTED, None, "", by=by, at=at)
