"""Mail: claimed in batches with a lease, sent under a steady Message-ID, marked as it goes.

A killed worker's batch is taken up after its lease; what it sent last may come again under the same Message-ID.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused
from time import monotonic

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from accounts.actions.claiming import Claimed, claim_alerts, claim_digests, claim_letters
from accounts.actions.jobs import report
from accounts.models import Alert, Correspondence, Digest, Holder, Letter

BATCH = 1000
# Marks wait this long for each other, in seconds: less than one mail takes to send, so that each is marked when it is.
TOGETHER = 0.001
# Eleven waits, the longest a day: some four days in all, as mail servers do among each other.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = timedelta(minutes=5), timedelta(days=1), 12
REFUSALS = (SMTPRecipientsRefused, SMTPDataError)
# No server can take such a mail, whenever it is sent: letters in an address that it does not know, or line breaks.
UNSENDABLE = (SMTPNotSupportedError, ValueError)
logger = logging.getLogger(__name__)


Model = type[Letter] | type[Alert] | type[Digest]
CLAIMS: tuple[tuple[Model, Callable[..., list[Claimed]]], ...] = (
    (Letter, claim_letters),
    (Alert, claim_alerts),
    (Digest, claim_digests),
)
# A digest and what it says, at once. A letter withdrawn while it went out stays so; what outlives its account goes.
OUTLIVES = "language <> ''"
MARKS: dict[Model, str] = {
    Letter: f"""
        WITH said AS (DELETE FROM accounts_letter WHERE id = ANY(%(rows)s) AND {OUTLIVES})
        UPDATE accounts_letter SET emailed_at = %(at)s
         WHERE id = ANY(%(rows)s) AND withdrawn_at IS NULL AND NOT ({OUTLIVES})
    """,  # noqa: S608 (constants only)
    Alert: "UPDATE accounts_alert SET emailed_at = %(at)s WHERE id = ANY(%(rows)s)",
    Digest: """
        WITH sent AS (UPDATE accounts_digest SET emailed_at = %(at)s WHERE id = ANY(%(rows)s) RETURNING id)
        UPDATE accounts_alert a SET emailed_at = %(at)s FROM sent WHERE a.digest_id = sent.id AND a.failed_at IS NULL
    """,
}


@dataclass(frozen=True)
class Delivery:
    """What became of one batch of mails."""

    sent: int
    skipped: int
    refused: int = 0

    def __add__(self, other: "Delivery") -> "Delivery":
        return Delivery(self.sent + other.sent, self.skipped + other.skipped, self.refused + other.refused)


NOTHING, SENT, SKIPPED = Delivery(sent=0, skipped=0), Delivery(sent=1, skipped=0), Delivery(sent=0, skipped=1)


class Marks:
    """Notes what is sent: each mail by itself while sending takes its time, together where it takes none."""

    def __init__(self, model: Model, *, at: datetime) -> None:
        self.model, self.at = model, at
        self.waiting: list[int] = []
        self.since = monotonic()

    def add(self, pk: int) -> None:
        self.waiting.append(pk)
        if monotonic() - self.since >= TOGETHER:
            self.write()

    def write(self) -> None:
        if self.waiting:
            with connection.cursor() as cursor:
                cursor.execute(MARKS[self.model], {"at": self.at, "rows": self.waiting})
        self.waiting, self.since = [], monotonic()


def send(claimed: Claimed, server: BaseEmailBackend) -> None:
    """Renders a mail and hands it over to the mail server."""
    message = claimed.compose()
    message.connection = server
    message.send()


Send = Callable[[Claimed, BaseEmailBackend], None]


def deliver(*, at: datetime, limit: int = BATCH, send: Send = send) -> Delivery:
    """Mails one batch: of letters, then of alerts, then of digests; nothing is left where nothing was done."""
    for model, claim in CLAIMS:
        if batch := claim(at=at, limit=limit):
            return _deliver(batch, Marks(model, at=at), send)
    return NOTHING


def _deliver(batch: list[Claimed], marks: Marks, send: Send) -> Delivery:
    server, done = get_connection(), NOTHING
    try:
        for claimed in batch:
            done += _deliver_one(claimed, server, marks, send)
    except (SMTPException, OSError):
        # The mail server is gone: whoever comes next need not wait for our lease.
        waiting = marks.model.objects.filter(pk__in=[one.pk for one in batch], emailed_at=None, failed_at=None)
        waiting.update(leased_until=None)
        raise
    finally:
        marks.write()
    return done


def _deliver_one(claimed: Claimed, server: BaseEmailBackend, marks: Marks, send: Send) -> Delivery:
    """Sends, then marks: killed in between, it is sent again under the same Message-ID."""
    if claimed.is_unreachable:
        return _given_up(claimed, marks)
    try:
        if claimed.is_wanted:
            send(claimed, server)
    except REFUSALS as refusal:
        return _refused(claimed, marks, refusal, for_good=is_permanent(refusal))
    except UNSENDABLE as refusal:
        return _refused(claimed, marks, refusal, for_good=True)
    marks.add(claimed.pk)
    return SENT if claimed.is_wanted else SKIPPED


def is_permanent(refusal: SMTPRecipientsRefused | SMTPDataError) -> bool:
    """Whether the server said so: 5 and two figures. Source: RFC 5321, 4.2.1."""
    if isinstance(refusal, SMTPDataError):
        return refusal.smtp_code >= 500
    codes = [code for code, _words in refusal.recipients.values()]
    return bool(codes) and min(codes) >= 500


def wait_after(attempts: int) -> timedelta:
    """How long a mail rests that was refused so many times."""
    return min(FIRST_WAIT * int(2 ** (attempts - 1)), LONGEST_WAIT)


@transaction.atomic
def _refused(claimed: Claimed, marks: Marks, refusal: Exception, *, for_good: bool) -> Delivery:
    attempts = claimed.attempts + 1
    logger.warning("%s refused, attempt %s: %s", claimed.row, attempts, type(refusal).__name__)
    if for_good or attempts >= MOST_ATTEMPTS:
        _note_unreachable(claimed, at=marks.at)
        return _given_up(claimed, marks, attempts=attempts)
    again = {"attempts": attempts, "next_try_at": marks.at + wait_after(attempts), "leased_until": None}
    marks.model.objects.filter(pk=claimed.pk).update(**again)
    return Delivery(sent=0, skipped=0, refused=1)


def _note_unreachable(claimed: Claimed, *, at: datetime) -> None:
    """Of the address on file alone: a letter may go to another one."""
    if Holder.objects.filter(pk=claimed.holder_id, email=claimed.email).exists():
        since = {"unreachable_email": claimed.email, "unreachable_at": at}
        Correspondence.objects.update_or_create(holder_id=claimed.holder_id, defaults=since)


@transaction.atomic
def _given_up(claimed: Claimed, marks: Marks, **more: int) -> Delivery:
    """Nothing more is sent to an address that refuses mail; My Account says so, and has what could not be sent."""
    marks.model.objects.filter(pk=claimed.pk, emailed_at=None).update(failed_at=marks.at, **more)
    if marks.model is Letter:
        Letter.objects.outliving().filter(pk=claimed.pk).delete()
    if marks.model is Digest:
        Alert.objects.filter(digest=claimed.pk, emailed_at=None).update(failed_at=marks.at)
    return Delivery(sent=0, skipped=0, refused=1)


def deliver_all(*, clock: Callable[[], datetime], send: Send = send) -> int:
    """Mails everything that waits, batch by batch; returns how many mails went out."""
    total = 0
    while (done := deliver(at=clock(), send=send)) != NOTHING:
        total += done.sent
        report(total)
    return total
