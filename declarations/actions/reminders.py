"""Sweeps that tell holders in one statement; the alert's key makes a second run write nothing."""

from datetime import date, datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from declarations.enums import State

STEPS = (180, 90, 60, 30, 7)

# Told only where no declaration is live, unless it was returned and waits for its holder.
WAITING = f"""
    FROM credentials_cycle y
    JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
    JOIN credentials_credentialtype t ON t.id = c.credential_type_id
    LEFT JOIN education_cyclestatus s ON s.cycle_id = y.id
    WHERE y.closed_at IS NULL
      AND (y.declared_on IS NULL OR EXISTS (
            SELECT 1 FROM declarations_declaration d WHERE d.cycle_id = y.id AND d.state = '{State.RETURNED}'))
"""  # noqa: S608 (constants only)

INSERT = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT y.holder_id, %(kind)s, {key}, replace(%(title)s, '{{credential}}', t.code), {body},
           %(link)s || y.credential_id, %(at)s
    {waiting} AND {condition}
    ON CONFLICT (holder_id, key) DO NOTHING
"""

# The link names the credential, so that one credential's reminders are told from another's.
WITHDRAW_OVERTAKEN = """
    UPDATE accounts_alert a SET withdrawn_at = %(at)s
      FROM accounts_alert newer
     WHERE newer.holder_id = a.holder_id AND newer.link = a.link AND newer.id > a.id
       AND newer.created_at = %(at)s AND newer.kind = ANY(%(kinds)s)
       AND a.kind = %(soon)s AND a.withdrawn_at IS NULL
"""

MANDATORY = "(t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from)"
LAST_DAY = "to_char(y.ends_on, 'FMDD FMMonth YYYY')"


@transaction.atomic
def alert_ready(*, on: date, at: datetime) -> int:
    """Asks for the declaration where everything is allocated and the declaration has opened; returns how many."""
    return _insert(
        kind=AlertKind.READY_TO_DECLARE,
        key=f"'{AlertKind.READY_TO_DECLARE}:' || y.id || ':' || s.times_completed",
        title=_("All requirements for {credential} are allocated"),
        body="%(text)s",
        text=_("Submit your CMP declaration to the Board now."),
        link=f"{reverse('declarations:start')}?credential=",
        condition="s.is_complete AND y.ends_on - t.declaration_opens_days <= %(on)s",
        on=on,
        at=at,
    )


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Reminds before expiration and tells of it: only the nearest step, each at most once; returns how many."""
    expires = sum(_remind_step(step, below, on=on, at=at) for step, below in zip(STEPS, (*STEPS[1:], -1), strict=True))
    told = expires + _tell_expired(on=on, at=at)
    if told:
        _withdraw_overtaken(at=at)
    return told


def _withdraw_overtaken(*, at: datetime) -> None:
    """A nearer reminder takes the place of the ones before it."""
    kinds = [AlertKind.EXPIRES_SOON, AlertKind.EXPIRED]
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW_OVERTAKEN, {"kinds": kinds, "soon": AlertKind.EXPIRES_SOON, "at": at})


def _remind_step(step: int, below: int, *, on: date, at: datetime) -> int:
    return _insert(
        kind=AlertKind.EXPIRES_SOON,
        key=f"'{AlertKind.EXPIRES_SOON}:' || y.id || ':{step}'",
        title=_("{credential} expires soon"),
        body=f"replace(%(text)s, '{{day}}', {LAST_DAY})",
        text=_("Your credential expires on {day}. See what is still missing, and submit a month before that day."),
        link=f"{reverse('education:progress')}?credential=",
        condition=f"{MANDATORY} AND y.ends_on <= %(on)s + {step} AND y.ends_on > %(on)s + {below}",
        on=on,
        at=at,
    )


def _tell_expired(*, on: date, at: datetime) -> int:
    return _insert(
        kind=AlertKind.EXPIRED,
        key=f"'{AlertKind.EXPIRED}:' || y.id",
        title=_("{credential} has expired"),
        body=f"replace(%(text)s, '{{day}}', {LAST_DAY})",
        text=_(
            "Your credential expired on {day}. To be reinstated, allocate credits completed within the last three "
            "years and submit a declaration."
        ),
        link=f"{reverse('education:progress')}?credential=",
        condition=f"{MANDATORY} AND y.ends_on < %(on)s",
        on=on,
        at=at,
    )


def _insert(*, key: str, body: str, condition: str, **values: str | date) -> int:
    """`key`, `body` and `condition` are SQL of this module; everything else goes in as values."""
    statement = INSERT.format(key=key, body=body, condition=condition, waiting=WAITING)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
