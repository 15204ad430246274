"""Finds delivered lines that holders may have recorded already: certain ones are matched, doubtful ones queued."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from accounts.queries import CORRESPONDENCE, in_each_language, language_sql
from cmp_portal.lib.statements import execute
from education.enums import MatchReason
from education.models import IntakeBatch
from education.rules import matching

SCRATCH = ("alike", "paired")


def has_all(reasons: Collection[MatchReason]) -> str:
    """SQL that tests whether a pair has all of these reasons."""
    return f"reasons @> '{{{','.join(sorted(reasons))}}}'::text[]"


def numbering_of(title: str) -> str:
    """SQL for the sorted words of a title that tell the parts of a series apart."""
    found = f"regexp_matches(lower({title}), '\\m({matching.NUMBERING})\\M', 'g')"
    return f"ARRAY(SELECT m[1] FROM {found} m ORDER BY m[1])"  # noqa: S608 (constants only)


# A looser test that runs before anything is locked; its results are locked, then tested again.
FIND_ALIKE = """
    CREATE TEMP TABLE alike ON COMMIT DROP AS
    WITH fresh AS MATERIALIZED (
        SELECT j.line, j.holder_id, s.title, s.completed_on::date AS day, (s.points::numeric * 100)::integer AS points
          FROM judged j JOIN staged s USING (line) WHERE j.is_new AND s.status <> 'withdrawn'
    )
    SELECT f.line, c.id AS credit_id
      FROM fresh f
      JOIN education_credit c ON c.holder_id = f.holder_id AND c.provider_id IS NULL AND c.withdrawn_at IS NULL
       AND c.completed_on BETWEEN f.day - %(near_days)s AND f.day + %(near_days)s
     WHERE c.points = f.points OR round(similarity(c.title, f.title)::numeric, 3) >= %(similar_title)s
"""

# Locked together with the credits to be corrected: all at once, in id order, as every writer does.
LOCK_CREDITS = """
    SELECT 1 FROM education_credit
     WHERE id IN (SELECT credit_id FROM alike UNION ALL SELECT credit_id FROM judged
                                                      WHERE is_change OR is_confirmation)
     ORDER BY id FOR UPDATE
"""

# A pair on the same day rules out pairs a few days apart, so that a weekly course raises no doubt every week. A certain
# pair rules out all others of its line or credit.
FIND_PAIRS = f"""
    CREATE TEMP TABLE paired ON COMMIT DROP AS
    WITH lines AS MATERIALIZED (
        SELECT line, title, completed_on::date AS day, (points::numeric * 100)::integer AS points,
               {numbering_of("title")} AS numbering
          FROM staged WHERE line IN (SELECT line FROM alike)
    ), recorded AS MATERIALIZED (
        SELECT id, title, provider_name, completed_on, points, {numbering_of("title")} AS numbering,
               EXISTS (SELECT 1 FROM education_match m JOIN education_credit d ON d.id = m.delivered_id
                        WHERE m.recorded_id = c.id AND m.state = 'doubtful' AND d.withdrawn_at IS NULL) AS is_waiting
          FROM education_credit c
         WHERE id IN (SELECT credit_id FROM alike) AND provider_id IS NULL AND withdrawn_at IS NULL
    ), beside AS (
        SELECT s.line, c.id AS credit_id, c.is_waiting, c.completed_on = s.day AS is_same_day,
               c.points = s.points AS has_same_points, c.numbering = s.numbering AS has_same_numbering,
               round(similarity(c.title, s.title)::numeric, 3) AS similarity,
               round(greatest(similarity(c.provider_name, p.title), similarity(c.provider_name, p.code))::numeric, 3)
                   AS provider_similarity
          FROM alike a JOIN lines s USING (line) JOIN recorded c ON c.id = a.credit_id
          JOIN education_provider p ON p.id = %(provider)s
         WHERE abs(c.completed_on - s.day) <= %(near_days)s
    ), told AS (
        SELECT *, array_remove(ARRAY[
                   CASE WHEN is_same_day THEN 'same_day' ELSE 'near_day' END,
                   CASE WHEN similarity >= %(same_title)s THEN 'same_title'
                        WHEN similarity >= %(similar_title)s THEN 'similar_title' ELSE 'other_title' END,
                   CASE WHEN provider_similarity >= %(similar_provider)s THEN 'similar_provider' END,
                   CASE WHEN has_same_points THEN 'same_points' ELSE 'other_points' END,
                   CASE WHEN NOT has_same_numbering THEN 'other_numbering' END], NULL) AS reasons
          FROM beside
    ), likely AS (
        SELECT *, {has_all(matching.CERTAIN)} AND has_same_numbering AS is_as_like_as_can_be,
               bool_or(is_same_day) OVER (PARTITION BY line) OR bool_or(is_same_day) OVER (PARTITION BY credit_id)
                   AS has_same_day
          FROM told WHERE {" OR ".join(map(has_all, matching.DOUBTFUL))}
    ), close AS (
        SELECT *, is_as_like_as_can_be AND NOT is_waiting
                  AND count(*) OVER (PARTITION BY line, is_as_like_as_can_be) = 1
                  AND count(*) OVER (PARTITION BY credit_id, is_as_like_as_can_be) = 1 AS is_certain
          FROM likely WHERE is_same_day OR NOT has_same_day
    ), settled AS (
        SELECT *, bool_or(is_certain) OVER (PARTITION BY line) OR bool_or(is_certain) OVER (PARTITION BY credit_id)
                  AS is_settled
          FROM close
    )
    SELECT line, credit_id, similarity, is_certain,
           CASE WHEN NOT is_certain AND (is_waiting OR count(*) OVER (PARTITION BY line) > 1
                                         OR count(*) OVER (PARTITION BY credit_id) > 1)
                THEN reasons || 'several_candidates'::text ELSE reasons END AS reasons
      FROM settled WHERE is_certain OR NOT is_settled
"""  # noqa: S608 (constants only)

# What the holder entered, in the same format as actions.merging.said_of.
KEEP_CERTAIN = """
    INSERT INTO education_match (uuid, holder_id, recorded_id, provider_id, external_id, state, reasons, similarity,
                                 said, created_at, decided_at)
    SELECT gen_random_uuid(), c.holder_id, c.id, %(provider)s, s.external_id, 'matched', p.reasons, p.similarity,
           jsonb_build_object('title', c.title, 'provider_name', c.provider_name, 'kind', k.code,
                              'subjects', to_jsonb(c.subjects), 'completed_on', c.completed_on, 'unit', c.unit,
                              'quantity', c.quantity::text, 'points', to_char(c.points / 100.0, 'FM9999990.00')),
           %(at)s, %(at)s
      FROM paired p JOIN staged s USING (line) JOIN education_credit c ON c.id = p.credit_id
      JOIN credentials_activitykind k ON k.id = c.kind_id
     WHERE p.is_certain ORDER BY c.id
"""

# From here on, such a line is a correction of the recorded credit.
TAKE_CERTAIN = """
    UPDATE judged j SET credit_id = p.credit_id, is_new = FALSE, is_change = TRUE
      FROM paired p WHERE p.line = j.line AND p.is_certain
"""

KEEP_DOUBTFUL = """
    INSERT INTO education_match (uuid, holder_id, recorded_id, delivered_id, provider_id, external_id, state, reasons,
                                 similarity, created_at)
    SELECT gen_random_uuid(), d.holder_id, p.credit_id, d.id, %(provider)s, d.external_id, 'doubtful', p.reasons,
           p.similarity, %(at)s
      FROM paired p JOIN staged s USING (line)
      JOIN education_credit d ON d.provider_id = %(provider)s AND d.external_id = s.external_id
     WHERE NOT p.is_certain ORDER BY p.credit_id, d.id
"""

ALERT = f"""
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT j.holder_id, %(kind)s, %(key)s,
           left(format(CASE WHEN count(DISTINCT line) = 1 THEN %(one)s ELSE %(many)s END::jsonb ->> {language_sql()},
                       %(provider)s, left(min(s.title), 75), count(DISTINCT line)), 200),
           CASE WHEN count(DISTINCT line) = 1 THEN %(body)s ELSE %(bodies)s END::jsonb ->> {language_sql()},
           {language_sql()}, %(link)s, %(at)s
      FROM paired p JOIN judged j USING (line) JOIN staged s USING (line) {CORRESPONDENCE} j.holder_id
     WHERE p.is_certain = %(is_certain)s GROUP BY j.holder_id, w.holder_id ORDER BY j.holder_id
    ON CONFLICT (holder_id, key) DO NOTHING
"""  # noqa: S608 (constants only)


def find(batch: IntakeBatch, *, at: datetime) -> bool:
    """Locks recorded credits that new lines may match, and makes certain matches corrections; returns if there are any.

    Concurrent edits of these credits are waited for, and their result is what is compared.
    """
    if not execute(FIND_ALIKE, near_days=matching.NEAR_DAYS, similar_title=matching.SIMILAR_TITLE):
        return False
    execute(LOCK_CREDITS)
    found = execute(
        FIND_PAIRS,
        provider=batch.provider_id,
        near_days=matching.NEAR_DAYS,
        same_title=matching.SAME_TITLE,
        similar_title=matching.SIMILAR_TITLE,
        similar_provider=matching.SIMILAR_PROVIDER,
    )
    execute(KEEP_CERTAIN, provider=batch.provider_id, at=at)
    execute(TAKE_CERTAIN)
    return bool(found)


def tell(batch: IntakeBatch, *, tag: str, at: datetime) -> None:
    """Queues doubtful pairs, now that their credits are posted, and alerts the holders of both kinds."""
    execute(KEEP_DOUBTFUL, provider=batch.provider_id, at=at)
    _alert(
        batch,
        is_certain=True,
        one=in_each_language(lambda: _("%1$s delivered “%2$s”, which was matched with the credit you recorded")),
        many=in_each_language(lambda: _("%1$s delivered %3$s credits, which were matched with credits you recorded")),
        body=in_each_language(
            lambda: _(
                "It counts once, and your allocation stays. If it is not the same activity, undo the match on its page."
            )
        ),
        bodies=in_each_language(
            lambda: _(
                "Each counts once, and your allocation stays. If one is not the same activity, undo the match on its"
                " page."
            )
        ),
        tag=tag,
        at=at,
    )
    _alert(
        batch,
        is_certain=False,
        one=in_each_language(lambda: _("%1$s delivered “%2$s”. Did you already record it?")),
        many=in_each_language(lambda: _("%1$s delivered %3$s credits. Did you already record them?")),
        body=in_each_language(lambda: _("Confirm whether they are the same, so that nothing counts twice.")),
        bodies=in_each_language(lambda: _("Confirm for each whether it is the same, so that nothing counts twice.")),
        tag=tag,
        at=at,
    )


def _alert(batch: IntakeBatch, *, is_certain: bool, tag: str, at: datetime, **words: Any) -> None:
    execute(
        ALERT,
        kind=AlertKind.CREDIT_MATCHED,
        key=f"{AlertKind.CREDIT_MATCHED}:{tag}:{'matched' if is_certain else 'asked'}",
        provider=batch.provider.title[:60],
        link=reverse("education:credits") + ("" if is_certain else "#duplicates"),
        is_certain=is_certain,
        at=at,
        **words,
    )
