"""Claim emails that are due, with one statement per kind; two workers never claim the same one."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from accounts.actions.letters import compose_letter
from accounts.actions.mails import Mail, MailedAlert, compose
from accounts.enums import ALWAYS_MAILED, USUAL_CHANNEL, Channel
from accounts.models import Alert, Letter
from cmp_portal.lib.locales import zone_of

FREE = """{0}.emailed_at IS NULL AND {0}.failed_at IS NULL
           AND ({0}.leased_until IS NULL OR {0}.leased_until <= %(at)s)
           AND ({0}.next_try_at IS NULL OR {0}.next_try_at <= %(at)s)"""
CHANNEL = f"COALESCE(p.channel, '{USUAL_CHANNEL}')"
IS_ALWAYS_MAILED = "a.kind IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(ALWAYS_MAILED)))
ADDRESSED = (
    "h.id AS holder_id, h.email, COALESCE(NULLIF(c.language, ''), c.browser_language) AS language, c.time_zone,"
    " c.unreachable_email = h.email AS is_unreachable"
)

CLAIM_ALERTS = f"""
    WITH batch AS (
        SELECT a.id, {ADDRESSED},
               ({CHANNEL} <> '{Channel.NEVER}' OR {IS_ALWAYS_MAILED}) AND h.email <> '' AS is_wanted
          FROM accounts_alert a
          JOIN accounts_holder h ON h.id = a.holder_id
          LEFT JOIN accounts_correspondence c ON c.holder_id = h.id
          LEFT JOIN accounts_preference p ON p.holder_id = h.id AND p.kind = a.kind
         WHERE a.id > %(after)s AND {FREE.format("a")} AND a.withdrawn_at IS NULL AND a.digest_id IS NULL
           AND {CHANNEL} <> '{Channel.DAILY}'
         ORDER BY a.id LIMIT %(limit)s FOR UPDATE OF a SKIP LOCKED
    )
    UPDATE accounts_alert a SET leased_until = %(until)s FROM batch b WHERE a.id = b.id
    RETURNING a.id, b.holder_id, b.email, b.language, b.time_zone, b.is_unreachable, b.is_wanted, a.attempts,
              a.kind, a.title, a.body, a.link, a.created_at
"""  # noqa: S608 (constants only)

CLAIM_DIGESTS = f"""
    WITH batch AS (
        SELECT d.id, {ADDRESSED}, h.email <> '' AS is_wanted
          FROM accounts_digest d
          JOIN accounts_holder h ON h.id = d.holder_id
          LEFT JOIN accounts_correspondence c ON c.holder_id = h.id
         WHERE d.id > %(after)s AND {FREE.format("d")}
         ORDER BY d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE accounts_digest d SET leased_until = %(until)s FROM batch b WHERE d.id = b.id
    RETURNING d.id, b.holder_id, b.email, b.language, b.time_zone, b.is_unreachable, b.is_wanted, d.attempts
"""  # noqa: S608 (constants only)

CLAIM_LETTERS = f"""
    WITH batch AS (
        SELECT l.id FROM accounts_letter l
         WHERE l.id > %(after)s AND {FREE.format("l")} AND l.withdrawn_at IS NULL
         ORDER BY l.id LIMIT %(limit)s FOR UPDATE OF l SKIP LOCKED
    )
    UPDATE accounts_letter l SET leased_until = %(until)s FROM batch b WHERE l.id = b.id RETURNING l.id
"""  # noqa: S608 (constants only)

ZONES = f"""
    SELECT DISTINCT COALESCE(c.time_zone, '')
      FROM accounts_alert a
      JOIN accounts_preference p ON p.holder_id = a.holder_id AND p.kind = a.kind AND p.channel = '{Channel.DAILY}'
      LEFT JOIN accounts_correspondence c ON c.holder_id = a.holder_id
     WHERE a.emailed_at IS NULL AND a.failed_at IS NULL AND a.withdrawn_at IS NULL AND a.digest_id IS NULL
"""  # noqa: S608 (constants only)

# Alerts created before the last morning go into that morning's digest; one digest per morning, even if clocks change.
GATHER = f"""
    WITH due AS (
        SELECT a.id, a.holder_id, m.day
          FROM accounts_alert a
          JOIN accounts_preference p ON p.holder_id = a.holder_id AND p.kind = a.kind AND p.channel = '{Channel.DAILY}'
          LEFT JOIN accounts_correspondence c ON c.holder_id = a.holder_id
          JOIN unnest(%(zones)s::text[], %(days)s::date[], %(mornings)s::timestamptz[]) m (zone, day, morning)
            ON m.zone = COALESCE(c.time_zone, '') AND a.created_at < m.morning
         WHERE {FREE.format("a")} AND a.withdrawn_at IS NULL AND a.digest_id IS NULL
    ), made AS (
        INSERT INTO accounts_digest (holder_id, day, gathered_at) SELECT DISTINCT holder_id, day, %(at)s FROM due
        ON CONFLICT (holder_id, day) DO NOTHING
        RETURNING id, holder_id
    )
    UPDATE accounts_alert a SET digest_id = made.id FROM due JOIN made USING (holder_id)
     WHERE a.id = due.id AND {FREE.format("a")} AND a.digest_id IS NULL
"""  # noqa: S608 (constants only)


class Claimed(NamedTuple):
    """An email leased to this worker until the lease expires."""

    pk: int
    holder_id: int
    row: str
    email: str
    compose: Callable[[], EmailMultiAlternatives]
    attempts: int
    is_wanted: bool = True
    is_unreachable: bool = False


def claim_alerts(*, at: datetime, limit: int, after: int = 0) -> list[Claimed]:
    """The oldest alerts to be emailed at once, including those that are to be marked without sending."""
    rows = sorted(_rows(CLAIM_ALERTS, at=at, limit=limit, after=after))
    return [_claimed("alert", row[:8], (MailedAlert(*row[8:]),)) for row in rows]


def claim_digests(*, at: datetime, limit: int, after: int = 0) -> list[Claimed]:
    """The oldest digests to be emailed, with those of their alerts that have not been withdrawn."""
    rows = sorted(_rows(CLAIM_DIGESTS, at=at, limit=limit, after=after))
    alerts: dict[int, list[MailedAlert]] = {row[0]: [] for row in rows}
    standing = Alert.objects.filter(digest__in=alerts, withdrawn_at=None).order_by("created_at", "id")
    for alert in standing:
        mailed = MailedAlert(alert.kind, alert.title, alert.body, alert.link, alert.created_at)
        alerts[alert.digest_id or 0].append(mailed)
    return [_claimed("digest", row, tuple(alerts[row[0]])) for row in rows]


def claim_letters(*, at: datetime, limit: int, after: int = 0) -> list[Claimed]:
    """The oldest letters; preferences don't apply, as each was asked for and goes to one given address."""
    rows = [pk for (pk,) in _rows(CLAIM_LETTERS, at=at, limit=limit, after=after)]
    if not rows:
        return []
    letters = Letter.objects.filter(pk__in=rows).select_related("holder__correspondence").order_by("pk")
    return [_claimed_letter(letter, at=at) for letter in letters]


def _claimed_letter(letter: Letter, *, at: datetime) -> Claimed:
    compose_it = partial(compose_letter, letter, at=at)
    return Claimed(letter.pk, letter.holder_id, f"letter-{letter.pk}", letter.email, compose_it, letter.attempts)


def gather_digests(*, at: datetime) -> int:
    """Put alerts that wait for their holder's morning into that morning's digest; return how many."""
    zones = [zone for (zone,) in _fetched(ZONES, {})]
    days, mornings = zip(*(last_morning(zone, at=at) for zone in zones), strict=True) if zones else ((), ())
    values: dict[str, Any] = {"at": at, "zones": zones, "days": list(days), "mornings": list(mornings)}
    with connection.cursor() as cursor:
        cursor.execute(GATHER, values)
        return int(cursor.rowcount)


def last_morning(zone: str, *, at: datetime) -> tuple[date, datetime]:
    """The date and time of the latest morning that has begun in a time zone."""
    here = at.astimezone(zone_of(zone))
    morning = here.replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if morning > here:
        morning -= timedelta(days=1)
    return morning.date(), morning


def _claimed(table: str, row: tuple[Any, ...], alerts: tuple[MailedAlert, ...]) -> Claimed:
    pk, holder_id, email, language, time_zone, is_unreachable, is_wanted, attempts = row
    mail = Mail(f"{table}-{pk}", email, alerts, table == "digest", language or "", time_zone or "")
    is_wanted, compose_it = is_wanted and bool(alerts), partial(compose, mail)
    return Claimed(pk, holder_id, mail.row, email, compose_it, attempts, is_wanted, bool(is_unreachable))


def _rows(statement: str, *, at: datetime, limit: int, after: int) -> list[tuple[Any, ...]]:
    until = at + timedelta(seconds=settings.ALERT_LEASE_SECONDS)
    return _fetched(statement, {"at": at, "until": until, "limit": limit, "after": after})


def _fetched(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
