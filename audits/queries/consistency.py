"""Consistency checks of audits."""

from cmp_portal.lib.consistency import Check, each_in_sql

AUDITS = {
    "audits with a different holder than their declaration": """
        SELECT a.id, concat('holder ', a.holder_id, '; declaration of holder ', d.holder_id)
          FROM audits_audit a LEFT JOIN declarations_declaration d ON d.id = a.declaration_id
         WHERE d.holder_id IS DISTINCT FROM a.holder_id
    """,
    "declarations under audit without an audit": """
        SELECT d.id, COALESCE(d.number, '') FROM declarations_declaration d
         WHERE d.state = 'under_audit' AND NOT EXISTS (SELECT 1 FROM audits_audit a WHERE a.declaration_id = d.id)
    """,
    "findings about a credit of another declaration": """
        SELECT f.id, concat('audit of declaration ', a.declaration_id, '; credit of ', c.declaration_id)
          FROM audits_finding f
          LEFT JOIN audits_audit a ON a.id = f.audit_id
          LEFT JOIN declarations_declaredcredit c ON c.id = f.declared_credit_id
         WHERE a.declaration_id IS NULL OR a.declaration_id IS DISTINCT FROM c.declaration_id
    """,
    "rounds whose seed does not match the published digest": """
        SELECT id, concat('published ', seed_sha256) FROM audits_round
         WHERE seed <> '' AND encode(sha256(convert_to(seed, 'UTF8')), 'hex') <> seed_sha256
    """,
    "drawn declarations whose rank does not follow from the seed": """
        SELECT e.declaration_id, concat('round ', r.id)
          FROM audits_entry e
          JOIN audits_stratum s ON s.id = e.stratum_id
          JOIN audits_round r ON r.id = s.round_id
          JOIN declarations_declaration d ON d.id = e.declaration_id
         WHERE r.seed <> '' AND e.rank <> sha256(convert_to(r.seed || ':' || d.number, 'UTF8'))
    """,
    "round lists whose length differs from the recorded one": """
        SELECT s.id, concat('round ', s.round_id, ': ', s.drawn, ' of ', s.population, '; found ', COUNT(e.rank)
                            FILTER (WHERE e.is_drawn), ' of ', COUNT(e.rank))
          FROM audits_stratum s
          JOIN audits_round r ON r.id = s.round_id AND r.drawn_at IS NOT NULL
          LEFT JOIN audits_entry e ON e.stratum_id = s.id
         GROUP BY s.id
        HAVING (s.drawn, s.population) <> (COUNT(e.rank) FILTER (WHERE e.is_drawn), COUNT(e.rank))
    """,
    "audits whose state differs from their last step": """
        SELECT a.id, concat('is ', a.state, '; the last step led to ', s.to_state)
          FROM audits_audit a
          JOIN LATERAL (SELECT to_state FROM audits_auditstep WHERE audit_id = a.id ORDER BY id DESC LIMIT 1) s ON TRUE
         WHERE s.to_state <> a.state
    """,
    "audit steps out of sequence": """
        SELECT id, concat('audit ', audit_id, ': from ', from_state, ', but the previous step led to ', before)
          FROM (SELECT id, audit_id, from_state,
                       lag(to_state, 1, 'selected') OVER (PARTITION BY audit_id ORDER BY id) AS before
                  FROM audits_auditstep) s
         WHERE from_state <> before
    """,
    "answers about another holder's credit": """
        SELECT n.id, concat('audit of holder ', a.holder_id, '; credit of ', k.holder_id)
          FROM audits_notavailable n
          LEFT JOIN audits_audit a ON a.id = n.audit_id
          LEFT JOIN education_credit k ON k.id = n.credit_id
         WHERE a.holder_id IS NULL OR a.holder_id IS DISTINCT FROM k.holder_id
    """,
    "audits whose auditor is the holder": """
        SELECT a.id, concat('auditor ', a.auditor_id) FROM audits_audit a JOIN accounts_user u ON u.id = a.auditor_id
         WHERE u.holder_id = a.holder_id
    """,
    "audits whose outcome contradicts their declaration": """
        SELECT a.id, concat('is ', a.state, '; the declaration is ', d.state)
          FROM audits_audit a JOIN declarations_declaration d ON d.id = a.declaration_id
         WHERE a.state = 'failed' AND d.state IN ('draft', 'submitted', 'returned', 'under_audit')
            OR a.state NOT IN ('passed', 'failed') AND d.state IN ('submitted', 'eligible', 'renewed', 'denied')
    """,
    "unsigned audit decisions": """
        SELECT id, state FROM audits_audit WHERE state IN ('passed', 'failed') AND decided_at IS NULL
    """,
}


def consistency_checks() -> tuple[Check, ...]:
    """The checks of this app."""
    return each_in_sql("audits", AUDITS)
