"""Consistency checks of declarations: moves, receipts, cycles, and what was signed."""

from typing import Any

from django.conf import settings

from cmp_portal.lib.consistency import Check, each_in_sql, row_by_row
from declarations.enums import State
from declarations.queries import fee_consistency
from declarations.queries.flags import WAITING, waiting_values
from declarations.queries.signed import signed_differences
from declarations.rules import DECIDED, LIVE, MOVES
from education.queries import WINDOW

MOVING = {
    "declarations with a different holder than their cycle": """
        SELECT d.id, concat('holder ', d.holder_id, '; cycle of holder ', y.holder_id)
          FROM declarations_declaration d LEFT JOIN credentials_cycle y ON y.id = d.cycle_id
         WHERE y.holder_id IS DISTINCT FROM d.holder_id
    """,
    "cycles with several live declarations": """
        SELECT cycle_id, concat('declarations ', MIN(id), ' and ', MAX(id)) FROM declarations_declaration
         WHERE state = ANY(%(live)s) GROUP BY cycle_id HAVING COUNT(*) > 1
    """,
    "declaration steps out of sequence": """
        SELECT s.declaration_id, concat('step ', s.id, ': ', s.move, ' from ', s.from_state, ' to ', s.to_state,
                                        ', but the previous step led to ', s.before)
          FROM (SELECT *, LAG(to_state, 1, 'draft') OVER (PARTITION BY declaration_id ORDER BY id) AS before
                  FROM declarations_step) s
         WHERE s.from_state <> s.before
            OR (s.move, s.from_state, s.to_state)
               NOT IN (SELECT * FROM unnest(%(moves)s::text[], %(befores)s::text[], %(afters)s::text[]))
    """,
    "declarations whose state differs from their last step": """
        SELECT d.id, concat('state ', d.state, '; its last step led to ', COALESCE(s.to_state, 'draft'))
          FROM declarations_declaration d
          LEFT JOIN (SELECT DISTINCT ON (declaration_id) declaration_id, to_state FROM declarations_step
                      ORDER BY declaration_id, id DESC) s ON s.declaration_id = d.id
         WHERE d.state <> COALESCE(s.to_state, 'draft')
    """,
    "unsigned decisions on declarations": """
        SELECT id, state FROM declarations_declaration
         WHERE state = ANY(%(decided)s) AND (decided_at IS NULL OR decided_by_id IS NULL OR decided_on IS NULL)
    """,
    "appeals without their step, or steps without their appeal": """
        SELECT d.id, d.state FROM declarations_declaration d
          LEFT JOIN declarations_appeal a ON a.declaration_id = d.id
          LEFT JOIN declarations_step s ON s.declaration_id = d.id AND s.move = 'appeal'
         WHERE (a.id IS NULL) <> (s.id IS NULL)
    """,
}
RECEIVED = {
    "incomplete or inconsistent receipts": """
        SELECT id, state FROM declarations_declaration
         WHERE (state <> ALL(%(drafts)s) AND (number IS NULL OR received_at IS NULL OR attestation_id IS NULL))
            OR (received_at AT TIME ZONE %(zone)s)::date IS DISTINCT FROM received_on
    """,
    "declarations whose requirement set is not frozen or not their cycle's": """
        SELECT d.id, concat('requirement set ', d.requirement_set_id, '; cycle under set ', y.requirement_set_id)
          FROM declarations_declaration d
          JOIN credentials_cycle y ON y.id = d.cycle_id
          LEFT JOIN credentials_requirementset r ON r.id = d.requirement_set_id
         WHERE d.received_at IS NOT NULL
           AND (r.frozen_at IS NULL OR (d.state = ANY(%(live)s) AND r.id <> y.requirement_set_id))
    """,
    "declarations with a different window than their cycle": f"""
        SELECT d.id, concat('from ', d.window_starts_on, ' to ', d.window_ends_on, '; the cycle from ', w.opens_on,
                            ' to ', w.closes_on)
          FROM declarations_declaration d
          JOIN (SELECT y.id, {WINDOW}
                  FROM credentials_cycle y
                  JOIN credentials_credential c ON c.id = y.credential_id
                  JOIN credentials_credentialtype t ON t.id = c.credential_type_id
                 WHERE y.declared_on IS NOT NULL) w ON w.id = d.cycle_id
         WHERE d.state = ANY(%(live)s) AND d.received_at IS NOT NULL
           AND (d.window_starts_on, d.window_ends_on) IS DISTINCT FROM (w.opens_on, w.closes_on)
    """,  # noqa: S608 (constants only)
}
CYCLES = {
    "cycles whose declared date differs from their declaration": """
        SELECT y.id, concat('declared on ', y.declared_on, '; declaration received on ', d.received_on)
          FROM credentials_cycle y
          LEFT JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = ANY(%(live)s)
         WHERE y.declared_on IS DISTINCT FROM d.received_on
    """,
    "cycles whose allocations are wrongly frozen or not frozen": """
        SELECT y.id, concat(CASE WHEN y.shares_frozen_at IS NULL THEN 'not frozen' ELSE 'frozen' END,
                            CASE WHEN y.closed_at IS NOT NULL THEN ', closed' END, ', ', d.state)
          FROM credentials_cycle y
          LEFT JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = ANY(%(live)s)
         WHERE (y.shares_frozen_at IS NOT NULL)
               <> (y.closed_at IS NOT NULL OR COALESCE(d.state <> ALL(%(free)s), FALSE))
    """,
    "cycles that are wrongly closed or open": """
        SELECT y.id, concat(CASE WHEN y.closed_at IS NULL THEN 'open' ELSE 'closed' END, ', ', d.state)
          FROM credentials_cycle y JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = ANY(%(live)s)
         WHERE (y.closed_at IS NOT NULL) <> (d.state = 'renewed')
    """,
    "renewed cycles without a next cycle": """
        SELECT y.id, concat('ends on ', y.ends_on) FROM credentials_cycle y
          JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = 'renewed'
         WHERE NOT EXISTS (SELECT 1 FROM credentials_cycle n
                            WHERE n.credential_id = y.credential_id AND n.starts_on > y.starts_on)
    """,
    "status rows of declared cycles that differ from what was signed": """
        SELECT s.cycle_id, concat((s.counted / 100.0)::numeric(12, 2), ' points count; signed with ',
                                  (d.counted / 100.0)::numeric(12, 2))
          FROM education_cyclestatus s
          JOIN credentials_cycle y ON y.id = s.cycle_id AND y.shares_frozen_at IS NOT NULL
          JOIN declarations_declaration d ON d.cycle_id = y.id AND d.state = ANY(%(live)s)
         WHERE s.counted <> d.counted
           AND NOT EXISTS (SELECT 1 FROM declarations_step p WHERE p.declaration_id = d.id AND p.move = 'deny')
    """,
}
QUEUE = {
    "declarations whose queue entry is wrong or missing": f"""
        SELECT COALESCE(n.id, w.declaration_id),
               concat('queued as ', w.state, ' due ', w.due_on, '; should be ', n.state, ' due ', n.due_on)
          FROM ({WAITING}) n FULL JOIN declarations_waiting w ON w.declaration_id = n.id
         WHERE (w.holder_id, w.credential_type_id, w.state, w.due_on)
               IS DISTINCT FROM (n.holder_id, n.credential_type_id, n.state, n.due_on)
    """,  # noqa: S608 (constants only)
    "rulings and notes with a different holder than their declaration": """
        SELECT d.id, concat('holder ', r.holder_id, '; declaration of holder ', d.holder_id)
          FROM (SELECT declaration_id, holder_id FROM declarations_ruling
                 UNION ALL SELECT declaration_id, holder_id FROM declarations_note) r
          JOIN declarations_declaration d ON d.id = r.declaration_id
         WHERE r.holder_id <> d.holder_id
    """,
    "documents that belong to neither or both of a credit and an appeal": """
        SELECT e.id, concat('holder ', e.holder_id, '; appeal of holder ', COALESCE(d.holder_id::text, 'none'))
          FROM education_evidence e
          LEFT JOIN declarations_appealdocument f ON f.evidence_id = e.id
          LEFT JOIN declarations_appeal a ON a.id = f.appeal_id
          LEFT JOIN declarations_declaration d ON d.id = a.declaration_id
         WHERE (e.credit_id IS NULL OR f.id IS NOT NULL)
           AND (e.credit_id IS NOT NULL OR d.holder_id IS DISTINCT FROM e.holder_id)
    """,
    "appeal documents that replace one of another appeal": """
        SELECT f.id, concat('appeal ', f.appeal_id, '; replaces one of appeal ', COALESCE(o.appeal_id::text, 'none'))
          FROM declarations_appealdocument f
          LEFT JOIN education_evidence e ON e.uuid = f.replaces
          LEFT JOIN declarations_appealdocument o ON o.evidence_id = e.id
         WHERE f.replaces IS NOT NULL AND o.appeal_id IS DISTINCT FROM f.appeal_id
    """,
}
NOTES = {
    "declared cycles whose requirements are not met": """
        SELECT s.cycle_id, concat((s.missing / 100.0)::numeric(12, 2), ' points') FROM education_cyclestatus s
          JOIN credentials_cycle y ON y.id = s.cycle_id AND y.shares_frozen_at IS NOT NULL
         WHERE NOT s.is_complete
    """,
}
SIGNED = "what was signed"


def consistency_checks() -> tuple[Check, ...]:
    """All consistency checks of declarations and fees."""
    return (
        *each_in_sql("declarations", MOVING | RECEIVED | CYCLES, **_values()),
        *each_in_sql("declarations", QUEUE, **waiting_values()),
        *each_in_sql("declarations", NOTES, is_note=True),
        *each_in_sql("declarations", fee_consistency.WRONG),
        *each_in_sql("declarations", fee_consistency.NOTES, is_note=True, zone=settings.BOARD_TIME_ZONE),
        row_by_row("declarations", SIGNED, signed_differences),
    )


def _values() -> dict[str, Any]:
    moves = [(move, before, after) for move, (befores, after) in MOVES.items() for before in befores]
    names, befores, afters = (list(map(str, one)) for one in zip(*moves, strict=True))
    return {
        "live": sorted(LIVE),
        "drafts": [State.DRAFT, State.WITHDRAWN],
        "free": [State.DRAFT, State.RETURNED],
        "decided": sorted(DECIDED),
        "moves": names,
        "befores": befores,
        "afters": afters,
        "zone": settings.BOARD_TIME_ZONE,
    }
