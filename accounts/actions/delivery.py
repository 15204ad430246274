"""Email delivery: claimed in batches under a lease, sent with a stable Message-ID, and marked as sent one by one.

If a worker is killed, its batch is claimed again after the lease; its last email may be repeated, with the same
Message-ID.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from time import monotonic
from typing import Literal

from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from accounts.actions.claiming import Claimed, claim_alerts, claim_digests, claim_letters
from accounts.actions.jobs import report
from accounts.models import Alert, Correspondence, Digest, Holder, Letter
from cmp_portal.lib.mail_refusals import (
    LOST,
    REFUSALS,
    UNSENDABLE,
    HungUp,
    Unwritten,
    is_about_address,
    is_permanent,
    named,
)
from cmp_portal.lib.outages import is_away

BATCH = 1000
# Seconds that marks are collected before writing: less than sending an email takes, so each is normally marked at once.
TOGETHER = 0.001
# Eleven waits of at most a day, some four days in all, as is usual between mail servers.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = timedelta(minutes=5), timedelta(days=1), 12
logger = logging.getLogger(__name__)


Model = type[Letter] | type[Alert] | type[Digest]
CLAIMS: tuple[tuple[Model, Callable[..., list[Claimed]]], ...] = (
    (Letter, claim_letters),
    (Alert, claim_alerts),
    (Digest, claim_digests),
)
# A digest is marked together with its alerts. A letter withdrawn while it was being sent stays withdrawn. Letters that
# outlive their account (those with their own language) are deleted once sent.
OUTLIVES = "language <> ''"
MARKS: dict[Model, str] = {
    Letter: f"""
        WITH said AS (DELETE FROM accounts_letter WHERE id = ANY(%(rows)s::bigint[]) AND {OUTLIVES})
        UPDATE accounts_letter SET emailed_at = %(at)s
         WHERE id = ANY(%(rows)s::bigint[]) AND withdrawn_at IS NULL AND NOT ({OUTLIVES})
    """,  # noqa: S608 (constants only)
    Alert: "UPDATE accounts_alert SET emailed_at = %(at)s WHERE id = ANY(%(rows)s::bigint[])",
    Digest: """
        WITH sent AS (UPDATE accounts_digest SET emailed_at = %(at)s WHERE id = ANY(%(rows)s::bigint[]) RETURNING id)
        UPDATE accounts_alert a SET emailed_at = %(at)s FROM sent WHERE a.digest_id = sent.id AND a.failed_at IS NULL
    """,
}


@dataclass(frozen=True)
class Delivery:
    """Outcome counts of a batch of emails."""

    sent: int = 0
    skipped: int = 0
    refused: int = 0


NOTHING = Delivery()
Outcome = Literal["sent", "skipped", "refused"]


class Marks:
    """Mark emails as sent: one by one while sending is slow, batched while it is fast."""

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
                rows = f"{{{','.join(map(str, self.waiting))}}}"  # quicker than a list, quoted number by number
                cursor.execute(MARKS[self.model], {"at": self.at, "rows": rows})
        self.waiting, self.since = [], monotonic()


def send(claimed: Claimed, server: BaseEmailBackend) -> None:
    """Render an email and hand it to the mail server."""
    message = _composed(claimed)
    message.connection = server
    server.open()  # by itself: a server that can't be reached says nothing about the email
    try:
        message.send()
    except LOST as loss:
        raise HungUp from loss
    finally:
        server.close()


def _composed(claimed: Claimed) -> EmailMultiAlternatives:
    """Render an email; if that fails, it alone waits, and all others are sent."""
    try:
        return claimed.compose()
    except Exception as problem:
        if isinstance(problem, SoftTimeLimitExceeded) or is_away(problem):
            raise
        logger.exception("%s can't be composed", claimed.row)
        raise Unwritten from problem


Send = Callable[[Claimed, BaseEmailBackend], None]


def deliver(*, at: datetime, limit: int = BATCH, send: Send = send, passed: dict[Model, int] | None = None) -> Delivery:
    """Send one batch, of the first kind that is due: letters, alerts, digests. Returns NOTHING when none is due.

    Of each kind, those up to the key in `passed` are left for another time; it is moved on to the last of the batch.
    """
    passed = {} if passed is None else passed
    for model, claim in CLAIMS:
        if batch := claim(at=at, limit=limit, after=passed.get(model, 0)):
            passed[model] = batch[-1].pk
            return _deliver(batch, Marks(model, at=at), send)
    return NOTHING


def _deliver(batch: list[Claimed], marks: Marks, send: Send) -> Delivery:
    server = get_connection()
    try:
        done = Counter(_deliver_one(claimed, server, marks, send) for claimed in batch)
    except (SMTPException, OSError):
        # The mail server is unavailable: release the leases, so that the next run need not wait for them.
        waiting = marks.model.objects.filter(pk__in=[one.pk for one in batch], emailed_at=None, failed_at=None)
        waiting.update(leased_until=None)
        raise
    finally:
        marks.write()
    return Delivery(sent=done["sent"], skipped=done["skipped"], refused=done["refused"])


def _deliver_one(claimed: Claimed, server: BaseEmailBackend, marks: Marks, send: Send) -> Outcome:
    """Send, then mark; if killed in between, it is sent again with the same Message-ID."""
    if claimed.is_unreachable:
        return _given_up(claimed, marks)
    try:
        if claimed.is_wanted:
            send(claimed, server)
    except (*REFUSALS, *UNSENDABLE) as refusal:
        return _refused(claimed, marks, refusal)
    except HungUp as refusal:
        # The others wait for the next run, and this one for a later one: else it would be in their way each time.
        _refused(claimed, marks, refusal)
        raise
    marks.add(claimed.pk)
    return "sent" if claimed.is_wanted else "skipped"


def wait_after(attempts: int) -> timedelta:
    """The backoff after this many refused attempts."""
    return min(FIRST_WAIT * int(2 ** (attempts - 1)), LONGEST_WAIT)


@transaction.atomic
def _refused(claimed: Claimed, marks: Marks, refusal: Exception) -> Outcome:
    attempts = claimed.attempts + 1
    logger.warning("%s refused, attempt %s: %s", claimed.row, attempts, named(refusal))
    if is_permanent(refusal) or attempts >= MOST_ATTEMPTS:
        if is_about_address(refusal):
            _note_unreachable(claimed, at=marks.at)
        return _given_up(claimed, marks, attempts=attempts)
    again = {"attempts": attempts, "next_try_at": marks.at + wait_after(attempts), "leased_until": None}
    marks.model.objects.filter(pk=claimed.pk).update(**again)
    return "refused"


def _note_unreachable(claimed: Claimed, *, at: datetime) -> None:
    """Mark the address on file as unreachable; a letter to any other address says nothing about it."""
    if Holder.objects.filter(pk=claimed.holder_id, email=claimed.email).exists():
        since = {"unreachable_email": claimed.email, "unreachable_at": at}
        Correspondence.objects.update_or_create(holder_id=claimed.holder_id, defaults=since)


@transaction.atomic
def _given_up(claimed: Claimed, marks: Marks, **more: int) -> Outcome:
    """Give up on an email: My Account shows that the address refuses mail, and what could not be sent."""
    marks.model.objects.filter(pk=claimed.pk, emailed_at=None).update(failed_at=marks.at, **more)
    if marks.model is Letter:
        Letter.objects.outliving().filter(pk=claimed.pk).delete()
    if marks.model is Digest:
        Alert.objects.filter(digest=claimed.pk, emailed_at=None).update(failed_at=marks.at)
    return "refused"


def deliver_all(*, clock: Callable[[], datetime], send: Send = send) -> int:
    """Send everything that is due, batch by batch; return how many emails went out."""
    total = 0
    # Each search begins where the last one ended. While a long transaction such as a backup may still see what has been
    # marked as waiting, it would otherwise pass all of that again. Now and then one begins anew, for what was refused.
    passed: dict[Model, int] = {}
    begun = at = clock()
    while (done := deliver(at=at, send=send, passed=passed)) != NOTHING:
        total += done.sent
        report(total)
        at = clock()
        if at - begun >= FIRST_WAIT:
            passed, begun = {}, at
    return total
