"""Letters are rows, written with their cause; the schedule mails them."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts import queries
from accounts.actions.delivery import BATCH, REFUSALS, Delivery
from accounts.actions.jobs import report
from accounts.enums import InvitationState, LetterKind
from accounts.models import Holder, Letter, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.mail import send_parts

# An address that refuses a letter is asked again after this time, while all others are served.
REFUSED_AGAIN = timedelta(days=1)
logger = logging.getLogger(__name__)


def write_letter(*, holder: Holder, kind: LetterKind, email: str, by: User | None, at: datetime) -> Letter:
    """Puts a letter into the queue, in the caller's transaction."""
    return Letter.objects.create(holder=holder, kind=kind, email=email, written_at=at, written_by=by)


def deliver_letters(*, at: datetime, limit: int = BATCH) -> Delivery:
    """Mails one batch of letters; a killed worker's batch is taken up after its lease."""
    batch = _claim(at=at, limit=limit)
    connection = get_connection()
    done = Delivery(sent=0, skipped=0)
    for letter in batch:
        try:
            done += _deliver_one(letter, connection=connection, at=at)
        except (SMTPException, OSError):
            # The mail server is gone: whoever comes next need not wait for our lease.
            Letter.objects.filter(pk__in=[one.pk for one in batch], sent_at=None).update(leased_until=None)
            raise
    return done


def deliver_all_letters(*, clock: Callable[[], datetime]) -> int:
    """Mails every letter that waits, batch by batch; returns how many went out."""
    total = 0
    while (done := deliver_letters(at=clock())) != Delivery(sent=0, skipped=0):
        total += done.sent
        report(total)
    return total


def _deliver_one(letter: Letter, *, connection: BaseEmailBackend, at: datetime) -> Delivery:
    """Sends, then marks: killed in between, it is sent again under the same Message-ID."""
    if _is_pointless(letter, at=at):
        Letter.objects.filter(pk=letter.pk, sent_at=None).update(withdrawn_at=at)
        return Delivery(sent=0, skipped=1)
    try:
        _mail(letter, connection=connection, at=at)
    except REFUSALS as refusal:
        logger.warning("letter %s refused by the mail server: %s", letter.pk, type(refusal).__name__)
        Letter.objects.filter(pk=letter.pk).update(leased_until=at + REFUSED_AGAIN)
        return Delivery(sent=0, skipped=0, refused=1)
    Letter.objects.filter(pk=letter.pk, withdrawn_at=None).update(sent_at=at)
    return Delivery(sent=1, skipped=0)


@transaction.atomic
def _claim(*, at: datetime, limit: int) -> list[Letter]:
    waiting = Letter.objects.filter(sent_at=None, withdrawn_at=None).exclude(leased_until__gt=at).order_by("id")
    batch = list(waiting.select_related("holder__user").select_for_update(skip_locked=True, of=("self",))[:limit])
    lease = at + timedelta(seconds=settings.ALERT_LEASE_SECONDS)
    Letter.objects.filter(pk__in=[letter.pk for letter in batch]).update(leased_until=lease)
    return batch


def _is_pointless(letter: Letter, *, at: datetime) -> bool:
    """An invitation that would open nothing when it is read."""
    if letter.kind != LetterKind.INVITATION:
        return False
    return queries.state_of(letter, at=at) not in {InvitationState.OPEN, InvitationState.EXPIRED}


def _mail(letter: Letter, *, connection: BaseEmailBackend, at: datetime) -> None:
    context = {
        "name": letter.holder.first_name or letter.holder.name,
        "link": queries.invitation_link(letter) if letter.kind == LetterKind.INVITATION else "",
        "until": longdate(board_day(at + timedelta(days=settings.INVITATION_VALID_DAYS))),
        "day": longdate(board_day(letter.written_at)),
    }
    template, name = f"accounts/mail/{letter.kind}", f"letter-{letter.uuid.hex}"
    send_parts(template, context, to=letter.email, message_id=name, connection=connection)
