"""Request the documents of many audits at once, for example after a draw."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from audits import queries
from audits.actions.auditing import request_documents
from audits.actions.moves import MoveRefused
from audits.enums import AuditMove
from audits.models import Audit
from audits.permissions import why_not
from declarations.actions.bulk import Left


@dataclass(frozen=True)
class Requests:
    """The audits whose documents are requested, and those left out, with the reason."""

    requested: tuple[Audit, ...]
    left: tuple[Left, ...]


def requests_in(audits: Iterable[Audit], *, by: User) -> Requests:
    """What `request_many` would do now; changes nothing."""
    facts = queries.auditor_facts(by)
    why = [(audit, why_not(by, audit, AuditMove.REQUEST, facts=facts)) for audit in audits]
    return Requests(
        requested=tuple(audit for audit, words in why if not words),
        left=tuple(_left(audit, words) for audit, words in why if words),
    )


def request_many(*, audits: Iterable[Audit], by: User, at: datetime) -> Requests:
    """Request the documents, each in its own transaction: one refusal doesn't block the rest."""
    requested, left = [], []
    for audit in audits:
        try:
            requested.append(request_documents(audit=audit, by=by, at=at))
        except MoveRefused as refusal:
            left.append(_left(audit, str(refusal)))
    return Requests(tuple(requested), tuple(left))


def _left(audit: Audit, why: str) -> Left:
    return Left(audit.declaration.number or str(audit.declaration_id), why)
