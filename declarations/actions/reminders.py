"""Sweeps that tell holders, one statement each; what was told before is left out, so a second run writes nothing."""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from declarations.enums import State

STEPS = (180, 90, 60, 30, 7)

# Told only where no declaration is live, unless it was returned and waits for its holder.
WAITING = f"""
    SELECT y.id, y.holder_id, y.credential_id, y.ends_on, t.code, t.declaration_opens_days,
           t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from AS is_mandatory
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      LEFT JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = '{State.RETURNED}'
     WHERE y.closed_at IS NULL AND (y.declared_on IS NULL OR d.id IS NOT NULL)
"""  # noqa: S608 (constants only)

# The longest of all types is what the index of open cycles can be asked for; each type's own days come after it.
READY = f"""
    SELECT w.*, %(kind)s AS kind, concat_ws(':', %(kind)s, w.id, s.times_completed) AS key,
           %(title)s AS title, %(body)s AS body
      FROM ({WAITING}) w JOIN education_cyclestatus s ON s.cycle_id = w.id AND s.is_complete
     WHERE w.ends_on <= %(on)s::date + w.declaration_opens_days
       AND w.ends_on <= %(on)s::date + (SELECT max(declaration_opens_days) FROM credentials_credentialtype)
"""  # noqa: S608 (constants only)

# Before the first of the days there is no step, and none in the key: the credential has expired.
ENDING = f"""
    SELECT w.*, told.kind, told.title, told.body,
           concat_ws(':', told.kind, w.id, (%(steps)s)[width_bucket(w.ends_on - %(on)s, %(firsts)s)]) AS key
      FROM ({WAITING}) w
      JOIN (VALUES (TRUE, %(expired)s, %(expired_title)s, %(expired_body)s),
                   (FALSE, %(soon)s, %(soon_title)s, %(soon_body)s)) told (is_over, kind, title, body)
        ON told.is_over = (w.ends_on < %(on)s)
     WHERE w.is_mandatory AND w.ends_on <= %(on)s::date + %(longest)s
"""  # noqa: S608 (constants only)

# Running into the key costs more than looking for it, and uses up numbers; the conflict is for what others tell now.
TELL = """
    WITH told AS (
        INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
        SELECT due.holder_id, kind, due.key, replace(title, '{{credential}}', code),
               replace(body, '{{day}}', to_char(ends_on, 'FMDD FMMonth YYYY')), %(link)s || credential_id, %(at)s
          FROM ({due}) due
         WHERE NOT EXISTS (SELECT 1 FROM accounts_alert a WHERE a.holder_id = due.holder_id AND a.key = due.key)
        ON CONFLICT (holder_id, key) DO NOTHING
        RETURNING holder_id, link
    )
"""
COUNT = "SELECT count(*) FROM told"

# A nearer reminder takes the place of the ones before it. The link names the credential, so that one credential's
# reminders are told from another's.
OVERTAKE = """
    , overtaken AS (
        UPDATE accounts_alert a SET withdrawn_at = %(at)s FROM told
         WHERE a.holder_id = told.holder_id AND a.link = told.link AND a.kind = %(soon)s AND a.withdrawn_at IS NULL
    )
"""


@transaction.atomic
def alert_ready(*, on: date, at: datetime) -> int:
    """Asks for the declaration where everything is allocated and the declaration has opened; returns how many."""
    return _count(
        TELL.format(due=READY) + COUNT,
        kind=AlertKind.READY_TO_DECLARE,
        title=_("All requirements for {credential} are allocated"),
        body=_("Submit your CMP declaration to the Board now."),
        link=f"{reverse('declarations:start')}?credential=",
        on=on,
        at=at,
    )


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Reminds before expiration and tells of it: only the nearest step, each at most once; returns how many."""
    steps = sorted(STEPS)
    return _count(
        TELL.format(due=ENDING) + OVERTAKE + COUNT,
        **_texts(),
        soon=AlertKind.EXPIRES_SOON,
        expired=AlertKind.EXPIRED,
        steps=steps,
        firsts=[0, *(step + 1 for step in steps[:-1])],
        longest=steps[-1],
        link=f"{reverse('education:progress')}?credential=",
        on=on,
        at=at,
    )


def _texts() -> dict[str, str]:
    return {
        "soon_title": _("{credential} expires soon"),
        "soon_body": _(
            "Your credential expires on {day}. See what is still missing, and submit a month before that day."
        ),
        "expired_title": _("{credential} has expired"),
        "expired_body": _(
            "Your credential expired on {day}. To be reinstated, allocate credits completed within the last three "
            "years and submit a declaration."
        ),
    }


def _count(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
