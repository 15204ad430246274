"""Daily alerts to holders, one SQL statement each. Idempotent: what was already sent is left out."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.enums import AlertKind, Withdrawal
from accounts.queries import CORRESPONDENCE, language_sql
from cmp_portal.lib.dates import longdate_sql
from declarations.enums import State

STEPS = (180, 90, 60, 30, 7)
# The alert's kind, title and body in each case.
Words = dict[str, tuple[AlertKind, str, str]]
REMINDERS = [AlertKind.EXPIRES_SOON.value, AlertKind.ONE_MONTH_LEFT.value]

# Cycles to remind of: those without a live declaration, or whose declaration was returned.
WAITING = f"""
    SELECT y.id, y.holder_id, y.credential_id, y.ends_on, t.code, t.declaration_opens_days, t.advised_days,
           t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from AS is_mandatory
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      LEFT JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = '{State.RETURNED}'
     WHERE y.closed_at IS NULL AND (y.declared_on IS NULL OR d.id IS NOT NULL)
"""  # noqa: S608 (constants only)

# The longest opening period of all types lets the index of open cycles be used; each type's own is checked as well.
READY = f"""
    SELECT w.*, s.times_completed, 'ready' AS what
      FROM ({WAITING}) w JOIN education_cyclestatus s ON s.cycle_id = w.id AND s.is_complete
     WHERE w.ends_on <= %(on)s::date + w.declaration_opens_days
       AND w.ends_on <= %(on)s::date + (SELECT max(declaration_opens_days) FROM credentials_credentialtype)
"""  # noqa: S608 (constants only)

# The last advised day: a month before the end, or the type's number of days before it, whichever comes first.
ADVISED = "LEAST(ends_on - advised_days, (ends_on - interval '1 month')::date)"

# Placeholders besides {credential}, with the SQL of their dates.
DAYS = {"{day}": "ends_on", "{opens}": "ends_on - declaration_opens_days", "{advised}": ADVISED}

# Below the lowest step, step is NULL: the credential has expired. If the cycle is complete, the reminder asks for the
# declaration, and in the two steps around the last advised day for nothing else.
ENDING = f"""
    SELECT e.*, CASE WHEN step IS NULL THEN 'expired'
                     WHEN NOT is_complete AND {ADVISED} < %(on)s THEN 'behind'
                     WHEN NOT is_complete THEN 'incomplete'
                     WHEN ends_on - declaration_opens_days > %(on)s THEN 'not_open'
                     WHEN step NOT IN (30, 60) THEN 'open'
                     WHEN {ADVISED} >= %(on)s THEN 'in_time'
                     ELSE 'late' END AS what
      FROM (SELECT w.*, (%(steps)s)[width_bucket(w.ends_on - %(on)s, %(firsts)s)] AS step,
                   COALESCE(s.is_complete, FALSE) AS is_complete
              FROM ({WAITING}) w LEFT JOIN education_cyclestatus s ON s.cycle_id = w.id
             WHERE w.is_mandatory AND w.ends_on <= %(on)s::date + %(longest)s) e
"""  # noqa: S608 (constants only)

# One lookup of what each holder was told about the credential before, found by its link. Without a condition on the
# kind, the planner knows how many alerts to expect, and NOT IN is a single hash whatever it expects of the rest.
# Checking first is cheaper than running into the unique constraint, which also uses up IDs; ON CONFLICT is for
# concurrent inserts.
TELL = """
    WITH due AS MATERIALIZED (
        SELECT d.*, what || ' ' || {language} AS said, {language} AS language
          FROM ({due}) d {correspondence} d.holder_id
    ), known AS MATERIALIZED (
        SELECT due.id AS cycle_id, a.id, {is_told} AS is_told
          FROM due JOIN accounts_alert a ON a.holder_id = due.holder_id AND a.link = %(link)s || due.credential_id
    ), told AS (
        INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
        SELECT holder_id, {kind}, {key}, {title}, {body}, language, %(link)s || credential_id, %(at)s
          FROM due WHERE id NOT IN (SELECT cycle_id FROM known WHERE is_told)
        ON CONFLICT (holder_id, key) DO NOTHING
        RETURNING 1
    )
"""
COUNT = "SELECT count(*) FROM told"

READY_KEY = f"'{AlertKind.READY_TO_DECLARE}:' || due.id || ':' || due.times_completed"
STEP_KEY = f"""
    CASE WHEN step IS NULL THEN '{AlertKind.EXPIRED}:' || due.id
         ELSE '{AlertKind.EXPIRES_SOON}:' || due.id || ':' || step END
"""
# A reminder of a nearer step stands: a clock set back, or an earlier date by hand, sends no reminder of a farther one.
IS_NEARER = f"""
    CASE WHEN a.kind = ANY(%(kinds)s) AND split_part(a.key, ':', 2) = due.id::text
         THEN a.kind = '{AlertKind.EXPIRED}' OR split_part(a.key, ':', 3)::int <= due.step END
"""

# A nearer reminder supersedes the earlier ones.
OVERTAKE = f"""
    , overtaken AS (
        UPDATE accounts_alert a SET withdrawn_at = %(at)s, withdrawn_because = '{Withdrawal.OVERTAKEN}' FROM known
         WHERE a.id = known.id AND a.kind = ANY(%(reminders)s) AND a.withdrawn_at IS NULL
           AND known.cycle_id NOT IN (SELECT cycle_id FROM known WHERE is_told)
    )
"""  # noqa: S608 (constants only)


@transaction.atomic
def alert_ready(*, on: date, at: datetime) -> int:
    """Ask for declarations where all requirements are allocated and the declaration has opened; returns how many."""
    return _told(
        _ready_words,
        due=READY,
        key=READY_KEY,
        is_told=f"a.key = {READY_KEY}",
        link=f"{reverse('declarations:start')}?credential=",
        on=on,
        at=at,
    )


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Remind of expiration and tell of it: only the nearest step, each at most once; returns how many."""
    steps = sorted(STEPS)
    return _told(
        _words,
        due=ENDING,
        key=STEP_KEY,
        is_told=IS_NEARER,
        more=OVERTAKE,
        kinds=[*REMINDERS, AlertKind.EXPIRED.value],
        reminders=REMINDERS,
        steps=steps,
        firsts=[0, *(step + 1 for step in steps[:-1])],
        longest=steps[-1],
        link=f"{reverse('education:progress')}?credential=",
        on=on,
        at=at,
    )


def _told(words: Callable[[], Words], *, due: str, key: str, is_told: str, more: str = "", **values: Any) -> int:
    """Send the alerts that are due, worded by case and in each holder's language; returns how many."""
    parts: dict[str, list[str]] = {"kind": [], "title": [], "body": []}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for what, said in words().items():
                for (column, branches), text in zip(parts.items(), said, strict=True):
                    name = f"{column}_{what}_{language}"
                    values[name] = text
                    branches.append(f"WHEN '{what} {language}' THEN {_filled(f'%({name})s', text)}")
    said_by_case = {column: f"CASE said {' '.join(branches)} END" for column, branches in parts.items()}
    where = {"language": language_sql(), "correspondence": CORRESPONDENCE}
    statement = TELL.format(due=due, key=key, is_told=is_told, **said_by_case, **where) + more + COUNT
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def _filled(value: str, words: str) -> str:
    """SQL that fills in the placeholders used in the text, with dates in the active language."""
    if "{credential}" in words:
        value = f"replace({value}, '{{credential}}', code)"
    for mark, day in DAYS.items():
        if mark in words:
            value = f"replace({value}, '{mark}', {longdate_sql(day)})"
    return value


def _ready_words() -> Words:
    title = _("All requirements for {credential} are allocated")
    return {"ready": (AlertKind.READY_TO_DECLARE, title, _("Submit your CMP declaration to the Board now."))}


def _words() -> Words:
    """The wording in each case."""
    soon, month = AlertKind.EXPIRES_SOON, AlertKind.ONE_MONTH_LEFT
    expires = _("{credential} expires on {day}")
    return {
        "expired": (AlertKind.EXPIRED, _("{credential} has expired"), _how_to_reinstate()),
        "incomplete": (
            soon,
            expires,
            _(
                "Your credential expires on {day}. Check what is still missing, and submit your declaration a month"
                " before that day."
            ),
        ),
        "behind": (
            soon,
            expires,
            _(
                "Your credential expires on {day}. Check what is still missing, and submit your declaration as"
                " soon as it is complete. The Board needs time to review it."
            ),
        ),
        "not_open": (
            soon,
            expires,
            _("Your credential expires on {day}. Everything is allocated: you can declare starting {opens}."),
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
                "Your credential expires on {day}, and the Board needs a month to process your declaration."
                " Everything is allocated."
            ),
        ),
        "late": (
            month,
            _("{credential}: submit your declaration now"),
            _(
                "Your credential expires on {day}. Less than a month is left, and the Board needs time to process"
                " your declaration. Everything is allocated."
            ),
        ),
    }


def _how_to_reinstate() -> str:
    words = _(
        "Your credential expired on {day}. To be reinstated, allocate credits completed within the last three"
        " years and submit a declaration. The Board charges a reinstatement fee in addition to the application"
        " fee."
    )
    if years := settings.REEXAMINATION_AFTER_YEARS:
        words += " " + ngettext(
            "More than %(years)s year after that day, the Board requires a new examination.",
            "More than %(years)s years after that day, the Board requires a new examination.",
            years,
        ) % {"years": years}
    return words
