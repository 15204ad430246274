"""Appeals: a holder may appeal a denial once, and the Board upholds or overturns it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import withdraw_alerts
from accounts.enums import AlertKind
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.uploads import Upload, sha256_of
from credentials.models import Cycle
from declarations import queries
from declarations.actions.fees import require_paid
from declarations.actions.locks import lock, lock_to_move
from declarations.actions.moves import MoveRefused, move, require_reason, tell_move, withdraw_told
from declarations.actions.renewal import renew_if_due
from declarations.actions.review import record_decision, thaw
from declarations.actions.submission import withdraw_requests
from declarations.enums import Grounds, Move, State
from declarations.models import Appeal, AppealDocument, Declaration
from declarations.permissions import may_ever_move
from education.actions import SignedShare, keep, lock_cycle, put_back, refresh_status
from education.models import Credit, Evidence


@retry_on_conflict
@transaction.atomic
def appeal(
    *,
    declaration: Declaration,
    grounds: Grounds,
    letter: str,
    documents: Iterable[Upload] = (),
    by: User,
    at: datetime,
) -> Declaration:
    """Appeal a denial with a letter and documents, all or nothing; sending the same appeal twice makes one.

    What was signed is restored and frozen again. Raises MoveRefused if the denial was appealed before, the Board's
    deadline has passed, or the cycle has moved on; EvidenceRefused for a document that can't be stored.
    """
    _lock_what_was_signed(declaration)
    declaration = lock_to_move(declaration, Move.APPEAL, by=by, at=at)
    # Identical files are stored once.
    uploads = {sha256_of(one): one for one in documents}
    if declaration.state == State.APPEALED and _was_sent(declaration, grounds, letter, uploads):
        return declaration
    if refusal := queries.appeal_refusal(declaration, on=board_day(at)):
        raise MoveRefused(refusal)
    _require_letter(letter)
    step = move(declaration, Move.APPEAL, by=by, at=at, note=queries.appeal_note(Grounds(grounds), letter.strip()))
    sent = Appeal.objects.create(declaration=declaration, grounds=grounds, letter=letter.strip(), at=at)
    _keep_documents(sent, uploads.values())
    _stand_again(declaration, at=at)
    withdraw_told(declaration.steps.filter(move=Move.DENY).only("pk"), holder_id=declaration.holder_id, at=at)
    tell_move(step, title=gettext_noop("Appeal for %(credential)s received"))
    return declaration


@retry_on_conflict
@transaction.atomic
def uphold(*, declaration: Declaration, by: User, at: datetime, note: str) -> Declaration:
    """Uphold the denial, giving a reason; the cycle is unfrozen, and no second appeal is possible."""
    declaration = lock_to_move(declaration, Move.UPHOLD, by=by, at=at)
    require_reason(note)
    step = move(declaration, Move.UPHOLD, by=by, at=at, note=note)
    record_decision(declaration, by=by, at=at)
    thaw(declaration, at=at, declared_on=None)
    tell_move(step, title=gettext_noop("Appeal for %(credential)s: the denial stands"))
    return declaration


@retry_on_conflict
@transaction.atomic
def overturn(*, declaration: Declaration, by: User, at: datetime, note: str) -> Declaration:
    """Find a declaration eligible on appeal, giving a reason; renews at once if the month of expiration has begun."""
    declaration = lock_to_move(declaration, Move.OVERTURN, by=by, at=at)
    require_reason(note)
    require_paid(declaration)
    step = move(declaration, Move.OVERTURN, by=by, at=at, note=note)
    record_decision(declaration, by=by, at=at)
    tell_move(step, title=gettext_noop("Appeal for %(credential)s: approved after all"))
    renew_if_due(declaration, by=by, at=at)
    declaration.refresh_from_db()
    return declaration


@retry_on_conflict
@transaction.atomic
def replace_document(*, document: AppealDocument, upload: Upload, by: User, at: datetime) -> AppealDocument:
    """Add a readable copy of an appeal document that can't be opened; the original is kept beside it.

    Sending the same copy twice adds one. Raises MoveRefused if the Board has decided or there is nothing to replace;
    EvidenceRefused for a file that can't be stored.
    """
    declaration = lock(document.appeal.declaration)
    evidence = Evidence.objects.select_for_update().get(pk=document.evidence_id)
    copies = AppealDocument.objects.filter(appeal=document.appeal_id, replaces=evidence.uuid)
    came = copies.select_related("evidence").first()
    if came is not None and came.evidence.sha256 == sha256_of(upload):
        return came
    if not may_ever_move(by, declaration, Move.APPEAL):
        raise MoveRefused(_("Only the holder may do this."))
    if came is not None:
        raise MoveRefused(_("Another copy has already replaced it."))
    if refusal := queries.replacement_refusal(declaration, evidence):
        raise MoveRefused(refusal)
    if evidence.sha256 == sha256_of(upload):
        raise MoveRefused(_("This is the same file. Choose a copy that you can open yourself."))
    kept = keep(upload=upload, holder_id=declaration.holder_id, at=at)
    withdraw_alerts(holder_id=declaration.holder_id, keys=[f"{AlertKind.EVIDENCE_REFUSED}:{evidence.pk}"], at=at)
    return AppealDocument.objects.create(appeal_id=document.appeal_id, evidence=kept, replaces=evidence.uuid)


def _require_letter(letter: str) -> None:
    if not letter.strip():
        raise MoveRefused(_("Write your letter. The Board decides based on what it says."))


def _was_sent(declaration: Declaration, grounds: Grounds, letter: str, digests: Collection[str]) -> bool:
    """Whether the stored appeal is this one, so that a different second appeal isn't reported as received."""
    sent = Appeal.objects.get(declaration=declaration)
    kept = sent.documents.values_list("evidence__sha256", flat=True)
    return (sent.grounds, sent.letter) == (grounds, letter.strip()) and {*digests} <= {*kept}


def _keep_documents(appeal: Appeal, documents: Iterable[Upload]) -> None:
    for document in documents:
        kept = keep(upload=document, holder_id=appeal.declaration.holder_id, at=appeal.at)
        AppealDocument.objects.create(appeal=appeal, evidence=kept)


def _lock_what_was_signed(declaration: Declaration) -> None:
    """Lock the credits of the signed and of the current shares, then the cycle: the lock order used everywhere."""
    signed = [content["credit"] for content in queries.signed_contents(declaration)]
    lock_cycle(declaration.cycle_id, also=Credit.objects.filter(uuid__in=signed).values_list("pk", flat=True))


def _stand_again(declaration: Declaration, *, at: datetime) -> None:
    """Restore the cycle to what was declared, whatever its holder has changed since the denial."""
    cycle, received_on = declaration.cycle, declaration.received_on
    Cycle.objects.filter(pk=cycle.pk).update(declared_on=received_on)
    if cycle.requirement_set != declaration.requirement_set and declaration.requirement_set is not None:
        put_back(cycle=cycle, shares=())
        cycle.requirement_set = declaration.requirement_set
        cycle.save(update_fields=["requirement_set"])
    put_back(cycle=cycle, shares=map(_share, queries.signed_contents(declaration)))
    refresh_status([cycle.pk], at=at)
    withdraw_requests(declaration, at=at)
    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=at)


def _share(content: queries.Plain) -> SignedShare:
    return SignedShare(content["credit"], content["area"], Decimal(content["points"]))
