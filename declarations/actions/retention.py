"""Tell holders when documents may be discarded, if the Board has set a retention period."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import report
from accounts.enums import AlertKind
from accounts.queries import CORRESPONDENCE, in_each_language, language_sql, sql_in_each_language
from cmp_portal.lib.dates import longdate_sql
from declarations.actions.reminders import remind

# A document is kept as long as the last of the cycles its credit counts in.
DISCARDABLE = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT DISTINCT y.holder_id, %(kind)s, %(kind)s || ':' || y.id,
           replace(%(title)s::jsonb ->> {language}, '{{credential}}', t.code),
           replace(%(body)s::jsonb ->> {language}, '{{day}}', {day}), {language}, %(link)s, %(at)s
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      JOIN education_allocation s ON s.cycle_id = y.id
      JOIN education_evidence e ON e.credit_id = s.credit_id AND e.removed_at IS NULL
      {correspondence} y.holder_id
     WHERE y.closed_at IS NOT NULL AND y.ends_on < (%(on)s::date - make_interval(years => %(years)s))::date
       AND NOT EXISTS (SELECT 1 FROM education_allocation o JOIN credentials_cycle z ON z.id = o.cycle_id
                        WHERE o.credit_id = s.credit_id
                          AND (z.closed_at IS NULL
                               OR z.ends_on >= (%(on)s::date - make_interval(years => %(years)s))::date))
       AND NOT EXISTS (SELECT 1 FROM accounts_alert a
                        WHERE a.holder_id = y.holder_id AND a.key = %(kind)s || ':' || y.id)
    ON CONFLICT (holder_id, key) DO NOTHING
"""


@transaction.atomic
def tell_discardable(*, on: date, at: datetime) -> int:
    """Tell holders, once per cycle, that its documents need no longer be kept; returns how many were told."""
    years = settings.EVIDENCE_RETENTION_YEARS
    if years is None:
        return 0
    values: dict[str, Any] = {
        "kind": AlertKind.EVIDENCE_DISCARDABLE.value,
        "title": in_each_language(lambda: _("Documents from a past cycle of {credential} can be discarded")),
        "body": in_each_language(lambda: _kept_words(years)),
        "link": reverse("education:credits"),
        "on": on,
        "at": at,
        "years": years,
    }
    day = sql_in_each_language(lambda: longdate_sql("y.ends_on"))
    with connection.cursor() as cursor:
        cursor.execute(DISCARDABLE.format(language=language_sql(), correspondence=CORRESPONDENCE, day=day), values)
        return int(cursor.rowcount)


def _kept_words(years: int) -> str:
    words = ngettext(
        "The cycle ended on {day}, and documents are kept for %(years)s year. Documents that no other cycle needs"
        " can be discarded.",
        "The cycle ended on {day}, and documents are kept for %(years)s years. Documents that no other cycle"
        " needs can be discarded.",
        years,
    )
    return words % {"years": years}


def send_reminders(*, on: date, at: datetime) -> int:
    """Send all alerts that depend on the date alone; returns how many were told."""
    reminded = remind(on=on, at=at)
    report(reminded)
    return reminded + tell_discardable(on=on, at=at)
