"""Writes webhook notices in the transaction of what they report, set-based: a million lines, a few thousand notices."""

from collections.abc import Collection
from datetime import datetime

from cmp_portal.lib.statements import execute
from education.models import IntakeBatch, Webhook

LINES = 500  # per notice
# The id of a notice is derived from its content, since a line is posted, rejected or matched only once.
NAMED = "encode(substr(sha256(convert_to({}, 'UTF8')), 1, 16), 'hex')::uuid"

TAKEN = f"""
    INSERT INTO education_webhooknotice (uuid, webhook_id, kind, data, created_at, attempts)
    WITH news AS (
        SELECT CASE j.outcome WHEN 'accepted' THEN 'completions.posted' ELSE 'completions.rejected' END AS kind,
               %(batch)s::bigint AS batch_id, j.line, s.external_id, j.code, j.reason
          FROM judged j JOIN staged s USING (line) WHERE j.outcome = ANY(%(outcomes)s)
        UNION ALL
        SELECT 'completions.matched', r.batch_id, r.line, r.external_id, NULL, NULL
          FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id AND b.provider_id = %(provider)s
         WHERE r.external_id IN (SELECT external_id FROM staged) AND r.outcome = 'unmatched'
           AND r.resolved_to_id IS NOT NULL AND r.resolved_at = %(at)s
    ), parted AS (
        SELECT *, (row_number() OVER (PARTITION BY kind, batch_id ORDER BY line) - 1) / %(lines)s AS part FROM news
    )
    SELECT {NAMED.format("concat_ws(':', w.id, p.kind, p.batch_id, min(p.line))")}, w.id, p.kind,
           jsonb_build_object('receipt', b.uuid, 'completions', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'line', p.line, 'external_id', p.external_id, 'code', p.code, 'reason', left(p.reason, 300)))
               ORDER BY p.line)),
           %(at)s, 0
      FROM parted p JOIN education_intakebatch b ON b.id = p.batch_id
      JOIN education_webhook w ON w.provider_id = b.provider_id
     GROUP BY w.id, p.kind, p.batch_id, b.uuid, p.part ORDER BY p.kind, p.batch_id, min(p.line)
    ON CONFLICT (uuid) DO NOTHING
"""  # noqa: S608 (constants only)

WITHDRAWN = f"""
    INSERT INTO education_webhooknotice (uuid, webhook_id, kind, data, created_at, attempts)
    WITH parted AS (
        SELECT c.*, w.id AS webhook_id,
               (row_number() OVER (PARTITION BY c.provider_id ORDER BY c.id) - 1) / %(lines)s AS part
          FROM education_credit c JOIN education_webhook w ON w.provider_id = c.provider_id
         WHERE c.id = ANY(%(credits)s) AND c.withdrawn_at IS NOT NULL
    )
    SELECT {NAMED.format("concat_ws(':', webhook_id, 'withdrawn', min(id), extract(epoch FROM %(at)s::timestamptz))")},
           webhook_id, 'completions.withdrawn',
           jsonb_build_object('completions', jsonb_agg(jsonb_build_object('external_id', external_id, 'id', uuid)
                                                       ORDER BY id)), %(at)s, 0
      FROM parted GROUP BY webhook_id, part
    ON CONFLICT (uuid) DO NOTHING
"""  # noqa: S608 (constants only)


def tell_taken(batch: IntakeBatch, *, at: datetime, refused: bool = True) -> None:
    """Notices about judged lines: posted ones, rejected ones, and waiting ones whose holder has been found."""
    if Webhook.objects.filter(provider=batch.provider_id).exists():
        outcomes = ["accepted", "rejected"] if refused else ["accepted"]
        execute(TAKEN, batch=batch.pk, provider=batch.provider_id, outcomes=outcomes, lines=LINES, at=at)


def tell_withdrawn(credits: Collection[int], *, at: datetime) -> None:
    """Notices about delivered credits that the Board has withdrawn."""
    execute(WITHDRAWN, credits=list(credits), lines=LINES, at=at)
