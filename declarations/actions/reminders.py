"""Sweeps that tell holders, one statement each; what was told before is left out, so a second run writes nothing."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import AlertKind, Withdrawal
from declarations.enums import State

STEPS = (180, 90, 60, 30, 7)
REMINDERS = [AlertKind.EXPIRES_SOON.value, AlertKind.ONE_MONTH_LEFT.value]

# Told only where no declaration is live, unless it was returned and waits for its holder.
WAITING = f"""
    SELECT y.id, y.holder_id, y.credential_id, y.ends_on, t.code, t.declaration_opens_days, t.advised_days,
           t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from AS is_mandatory
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      LEFT JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = '{State.RETURNED}'
     WHERE y.closed_at IS NULL AND (y.declared_on IS NULL OR d.id IS NOT NULL)
"""  # noqa: S608 (constants only)

# The last advised day: a month before the end, or as many days as the type says, whichever comes first.
ADVISED = "LEAST(e.ends_on - e.advised_days, (e.ends_on - interval '1 month')::date)"

# The longest of all types is what the index of open cycles can be asked for; each type's own days come after it.
READY = f"""
    SELECT w.*, %(kind)s AS kind, concat_ws(':', %(kind)s, w.id, s.times_completed) AS key,
           %(title)s AS title, %(body)s AS body
      FROM ({WAITING}) w JOIN education_cyclestatus s ON s.cycle_id = w.id AND s.is_complete
     WHERE w.ends_on <= %(on)s::date + w.declaration_opens_days
       AND w.ends_on <= %(on)s::date + (SELECT max(declaration_opens_days) FROM credentials_credentialtype)
"""  # noqa: S608 (constants only)

# Before the first of the days there is no step: the credential has expired. A complete cycle is asked for its
# declaration; in the two steps around the last advised day that is all there is to say.
ENDING = f"""
    SELECT e.*, told.kind, told.title, told.body,
           CASE WHEN e.step IS NULL THEN %(expired)s || ':' || e.id ELSE %(soon)s || ':' || e.id || ':' || e.step END
             AS key
      FROM (SELECT w.*, (%(steps)s)[width_bucket(w.ends_on - %(on)s, %(firsts)s)] AS step,
                   COALESCE(s.is_complete, FALSE) AS is_complete
              FROM ({WAITING}) w LEFT JOIN education_cyclestatus s ON s.cycle_id = w.id
             WHERE w.is_mandatory AND w.ends_on <= %(on)s::date + %(longest)s) e
      JOIN unnest(%(cases)s::text[], %(kinds)s::text[], %(titles)s::text[], %(bodies)s::text[])
           told (for_case, kind, title, body)
        ON told.for_case = CASE
               WHEN e.step IS NULL THEN 'expired'
               WHEN NOT e.is_complete THEN 'incomplete'
               WHEN e.ends_on - e.declaration_opens_days > %(on)s THEN 'not_open'
               WHEN e.step NOT IN (30, 60) THEN 'open'
               WHEN {ADVISED} >= %(on)s THEN 'in_time'
               ELSE 'late' END
"""  # noqa: S608 (constants only)

# Running into the key costs more than looking for it, and uses up numbers; the conflict is for what others tell now.
TELL = """
    WITH told AS (
        INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
        SELECT due.holder_id, kind, due.key, {title}, {body}, %(link)s || credential_id, %(at)s
          FROM ({due}) due
         WHERE NOT EXISTS (SELECT 1 FROM accounts_alert a WHERE a.holder_id = due.holder_id AND {is_known})
        ON CONFLICT (holder_id, key) DO NOTHING
        RETURNING holder_id, link
    )
"""
COUNT = "SELECT count(*) FROM told"

# What was told of a nearer day stands: a clock that goes back, or an older day by hand, tells nothing farther. The link
# comes first because it can be hashed; it names the credential.
NEARER = ", ".join(
    f"CASE WHEN due.step >= {step} THEN '{AlertKind.EXPIRES_SOON}:' || due.id || ':{step}' END"
    for step in sorted(STEPS)
)
IS_NEARER = f"""
    a.link = %(link)s || due.credential_id AND a.kind = ANY(%(all_kinds)s)
    AND a.key = ANY(ARRAY['{AlertKind.EXPIRED}:' || due.id, {NEARER}])
"""

# A nearer reminder takes the place of the ones before it. The link names the credential, so that one credential's
# reminders are told from another's.
OVERTAKE = f"""
    , overtaken AS (
        UPDATE accounts_alert a SET withdrawn_at = %(at)s, withdrawn_because = '{Withdrawal.OVERTAKEN}' FROM told
         WHERE a.holder_id = told.holder_id AND a.link = told.link AND a.kind = ANY(%(reminders)s)
           AND a.withdrawn_at IS NULL
    )
"""  # noqa: S608 (constants only)


@transaction.atomic
def alert_ready(*, on: date, at: datetime) -> int:
    """Asks for the declaration where everything is allocated and the declaration has opened; returns how many."""
    return _count(
        TELL.format(due=READY, title=filled("title"), body=filled("body"), is_known="a.key = due.key") + COUNT,
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
    steps, words = sorted(STEPS), _words()
    advised = ADVISED.replace("e.", "due.")
    told = TELL.format(due=ENDING, title=filled("title", advised), body=filled("body", advised), is_known=IS_NEARER)
    return _count(
        told + OVERTAKE + COUNT,
        cases=list(words),
        kinds=[kind.value for kind, _title, _body in words.values()],
        titles=[title for _kind, title, _body in words.values()],
        bodies=[body for _kind, _title, body in words.values()],
        soon=AlertKind.EXPIRES_SOON,
        expired=AlertKind.EXPIRED,
        reminders=REMINDERS,
        all_kinds=[*REMINDERS, AlertKind.EXPIRED.value],
        steps=steps,
        firsts=[0, *(step + 1 for step in steps[:-1])],
        longest=steps[-1],
        link=f"{reverse('education:progress')}?credential=",
        on=on,
        at=at,
    )


def filled(words: str, advised: str = "") -> str:
    """SQL for the words with what they name: the credential, its last day, the last advised day."""
    days = {"day": "due.ends_on", "opens": "due.ends_on - due.declaration_opens_days", "advised": advised}
    found = f"replace(due.{words}, '{{credential}}', due.code)"
    for mark, day in days.items():
        if day:
            found = f"replace({found}, '{{{mark}}}', to_char({day}, 'FMDD FMMonth YYYY'))"
    return found


def _words() -> dict[str, tuple[AlertKind, str, str]]:
    """What is said in each case."""
    soon, month = AlertKind.EXPIRES_SOON, AlertKind.ONE_MONTH_LEFT
    expires = _("{credential} expires soon")
    return {
        "expired": (AlertKind.EXPIRED, _("{credential} has expired"), _how_to_reinstate()),
        "incomplete": (
            soon,
            expires,
            _("Your credential expires on {day}. See what is still missing, and submit a month before that day."),
        ),
        "not_open": (
            soon,
            expires,
            _("Your credential expires on {day}. Everything is allocated: you can declare from {opens}."),
        ),
        "open": (
            soon,
            expires,
            _("Your credential expires on {day}. Everything is allocated: submit your declaration now."),
        ),
        "in_time": (
            month,
            _("{credential}: submit your declaration by {advised}"),
            _(
                "Your credential expires on {day}, and the Board needs a month for your declaration. Everything is "
                "allocated."
            ),
        ),
        "late": (
            month,
            _("{credential}: submit your declaration now"),
            _(
                "Your credential expires on {day}: less than a month is left, and the Board needs time for your "
                "declaration. Everything is allocated."
            ),
        ),
    }


def _how_to_reinstate() -> str:
    words = _(
        "Your credential expired on {day}. To be reinstated, allocate credits completed within the last three years "
        "and submit a declaration. The Board asks a reinstatement fee on top of the application fee."
    )
    if years := settings.REEXAMINATION_AFTER_YEARS:
        words += " " + ngettext(
            "More than %(years)s year after that day it asks for a new examination.",
            "More than %(years)s years after that day it asks for a new examination.",
            years,
        ) % {"years": years}
    return words


def _count(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
