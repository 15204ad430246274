"""Daily alerts to holders, one SQL statement each. Idempotent: what was already sent is left out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import AlertKind, Withdrawal
from accounts.queries import CORRESPONDENCE, language_sql
from cmp_portal.lib.dates import longdate_sql
from cmp_portal.lib.formatting import years_words_sql
from declarations.actions.reminder_words import Words, ending_words, ready_words
from declarations.enums import State

STEPS = (180, 90, 60, 30, 7)
COLUMNS = ("kind", "title", "body")
PLACEHOLDER = re.compile(r"(\{\w+\})")
REMINDERS = [AlertKind.EXPIRES_SOON.value, AlertKind.ONE_MONTH_LEFT.value]

# Cycles to remind of: those without a live declaration, or whose declaration was returned.
WAITING = f"""
    SELECT y.id, y.holder_id, y.credential_id, y.ends_on, t.code, t.declaration_opens_days, t.advised_days,
           t.cycle_years, COALESCE(t.reexamination_after_years, %(examined_after)s::int) AS examined_after,
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

# The last day for reinstatement, as in `credentials.rules.reinstated_until`: the anniversary of 29 February is 1 March.
LAST = """
    ((ends_on + make_interval(years => examined_after))::date
     + (to_char(ends_on, 'MMDD') = '0229'
        AND to_char(ends_on + make_interval(years => examined_after), 'MMDD') = '0228')::int)
"""

# Placeholders besides {credential} and {years}, with the SQL of their dates.
DAYS = {"{day}": "ends_on", "{opens}": "ends_on - declaration_opens_days", "{advised}": "advised", "{last}": LAST}

# Below the lowest step, step is NULL: the credential has expired. If the cycle is complete, the reminder asks for the
# declaration, and in the two steps around the last advised day for nothing else.
ENDING = f"""
    SELECT e.*, CASE WHEN step IS NULL AND examined_after IS NULL THEN 'expired'
                     WHEN step IS NULL AND {LAST} >= %(on)s THEN 'examined'
                     WHEN step IS NULL THEN 'lapsed'
                     WHEN NOT is_complete AND advised < %(on)s THEN 'behind'
                     WHEN NOT is_complete THEN 'incomplete'
                     WHEN ends_on - declaration_opens_days > %(on)s THEN 'not_open'
                     WHEN step NOT IN (30, 60) THEN 'open'
                     WHEN advised >= %(on)s THEN 'in_time'
                     ELSE 'late' END AS what
      FROM (SELECT w.*, (%(steps)s)[width_bucket(w.ends_on - %(on)s, %(firsts)s)] AS step,
                   COALESCE(s.is_complete, FALSE) AS is_complete, {ADVISED} AS advised
              FROM ({WAITING}) w LEFT JOIN education_cyclestatus s ON s.cycle_id = w.id
             WHERE w.is_mandatory AND w.ends_on <= %(on)s::date + %(longest)s) e
"""  # noqa: S608 (constants only)

# In the order of the holders, as the indexes of alerts are: rows that are inserted side by side are quicker by a fifth.
# One lookup of what each holder was told about the credential before, found by its link. Without a condition on the
# kind, the planner knows how many alerts to expect, and NOT IN is a single hash whatever it expects of the rest.
# Checking first is cheaper than running into the unique constraint, which also uses up IDs; ON CONFLICT is for
# concurrent inserts.
TELL = """
    WITH due AS MATERIALIZED (
        SELECT d.*, {language} AS language FROM ({due}) d {correspondence} d.holder_id ORDER BY d.holder_id
    ), known AS MATERIALIZED (
        SELECT due.id AS cycle_id, a.id, {is_told} AS is_told
          FROM due JOIN accounts_alert a ON a.holder_id = due.holder_id AND a.link = %(link)s || due.credential_id
    ) {more}
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT holder_id, {kind}, {key}, {title}, {body}, language, %(link)s || credential_id, %(at)s
      FROM due WHERE id NOT IN (SELECT cycle_id FROM known WHERE is_told)
    ON CONFLICT (holder_id, key) DO NOTHING
"""

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


@dataclass(frozen=True)
class Sweep:
    """Who is due an alert, what it says in each case, and the page it links to."""

    page: str
    words: Callable[[], Words]
    # SQL: what is due, the key of its alert, whether an alert of before says the same, and what else is done.
    due: str
    key: str
    is_told: str
    more: str = ""
    values: Mapping[str, int | list[int] | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """What a column of the alert says in one case and language."""

    column: str
    case: str
    language: str
    words: str

    @property
    def pieces(self) -> dict[str, str]:
        """The words before, between and after the placeholders, each with the name of its SQL parameter."""
        return {name: part for name, part in self._parts.items() if not PLACEHOLDER.fullmatch(part)}

    @property
    def branch(self) -> str:
        """SQL that chooses this text by its case and puts it together, with dates in its language."""
        pieces = self.pieces
        with override(self.language):
            said = [f"%({name})s" if name in pieces else _filled(part) for name, part in self._parts.items()]
        return f"WHEN '{self.case}' THEN {' || '.join(said)}"

    @property
    def _parts(self) -> dict[str, str]:
        parts = enumerate(PLACEHOLDER.split(self.words))
        return {f"{self.column}_{self.case}_{self.language}_{number}": part for number, part in parts if part}


READY_TO_DECLARE = Sweep(
    page="declarations:start",
    words=ready_words,
    due=READY,
    key=READY_KEY,
    is_told=f"a.key = {READY_KEY}",
)
EXPIRING = Sweep(
    page="education:progress",
    words=ending_words,
    due=ENDING,
    key=STEP_KEY,
    is_told=IS_NEARER,
    more=OVERTAKE,
    values={
        "kinds": [*REMINDERS, AlertKind.EXPIRED.value],
        "reminders": REMINDERS,
        "steps": sorted(STEPS),
        "firsts": [0, *(step + 1 for step in sorted(STEPS)[:-1])],
        "longest": max(STEPS),
    },
)


@transaction.atomic
def alert_ready(*, on: date, at: datetime) -> int:
    """Ask for declarations where all requirements are allocated and the declaration has opened; returns how many."""
    return _told(READY_TO_DECLARE, on=on, at=at)


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Remind of expiration and tell of it: only the nearest step, each at most once; returns how many."""
    return _told(EXPIRING, on=on, at=at)


def _told(sweep: Sweep, *, on: date, at: datetime) -> int:
    """Send the alerts that are due, worded by case and in each holder's language; returns how many."""
    texts = [text for language, _name in settings.LANGUAGES for text in _texts(sweep.words, language)]
    words = {name: piece for text in texts for name, piece in text.pieces.items()}
    given = {"on": on, "at": at, "examined_after": settings.REEXAMINATION_AFTER_YEARS}
    values = {**sweep.values, **words, "link": f"{reverse(sweep.page)}?credential=", **given}
    with connection.cursor() as cursor:
        cursor.execute(_statement(sweep, texts), values)
        return int(cursor.rowcount)


def _texts(words: Callable[[], Words], language: str) -> list[Text]:
    with override(language):
        return [
            Text(column, case, language, text)
            for case, said in words().items()
            for column, text in zip(COLUMNS, said, strict=True)
        ]


def _statement(sweep: Sweep, texts: list[Text]) -> str:
    return TELL.format(
        due=sweep.due,
        key=sweep.key,
        is_told=sweep.is_told,
        more=sweep.more,
        language=language_sql(),
        correspondence=CORRESPONDENCE,
        **{column: _said([text for text in texts if text.column == column]) for column in COLUMNS},
    )


def _said(texts: list[Text]) -> str:
    """SQL that chooses among the texts of a column by language and case."""
    spoken = groupby(texts, key=lambda text: text.language)
    cases = {language: " ".join(text.branch for text in said) for language, said in spoken}
    branches = (f"WHEN '{language}' THEN CASE what {said} END" for language, said in cases.items())
    return f"CASE language {' '.join(branches)} END"


def _filled(mark: str) -> str:
    """SQL of what a placeholder stands for, in the active language."""
    if mark == "{credential}":
        return "code"
    return years_words_sql("cycle_years") if mark == "{years}" else longdate_sql(DAYS[mark])
