"""Database triggers that enforce the rules of audits."""

import pgtrigger

from audits.rules.moves import transitions
from cmp_portal.lib.history import never_truncated

CHECK = "USING ERRCODE = 'check_violation'"

NOBODYS_OWN = f"""
    IF NEW.auditor_id IS NOT NULL
       AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.auditor_id AND u.holder_id = NEW.holder_id) THEN
        RAISE EXCEPTION 'nobody audits their own record' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)

NO_COLLEAGUES = f"""
    IF EXISTS (SELECT 1 FROM audits_colleague c WHERE c.auditor_id = NEW.auditor_id AND c.colleague_id = NEW.holder_id)
    THEN
        RAISE EXCEPTION 'nobody audits a marked colleague' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)

BEGINS_WITH_ITS_SELECTION = f"""
    IF NEW.state <> 'selected' THEN
        RAISE EXCEPTION 'a new audit is selected, and nothing more' {CHECK};
    END IF;
    {NOBODYS_OWN}
"""

KEEPS_ITS_DECLARATION = f"""
    IF NEW.declaration_id <> OLD.declaration_id OR NEW.selected_at <> OLD.selected_at
       OR NEW.round_id IS DISTINCT FROM OLD.round_id THEN
        RAISE EXCEPTION 'an audit keeps its declaration, round and moment of selection' {CHECK};
    END IF;
    {NOBODYS_OWN}
"""

DECLARATION_AWAITS_ITS_AUDIT = f"""
    IF EXISTS (SELECT 1 FROM audits_audit a WHERE a.declaration_id = NEW.id
                  AND NEW.state <> CASE a.state WHEN 'passed' THEN 'eligible' WHEN 'failed' THEN 'denied'
                                                ELSE 'returned' END
                  AND NOT (a.state = 'passed' AND NEW.state = 'returned')) THEN
        RAISE EXCEPTION 'a declaration under audit is decided by its audit' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)

FOUND_UNDER_REVIEW = f"""
    IF NOT EXISTS (SELECT 1 FROM audits_audit a WHERE a.id = NEW.audit_id AND a.state = 'under_review') THEN
        RAISE EXCEPTION 'credits are judged while an audit is under review' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)


def before(
    name: str, operation: pgtrigger.Operation, func: str, condition: pgtrigger.Condition | None = None
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, level=pgtrigger.Row, when=pgtrigger.Before, operation=operation, func=func, condition=condition
    )


def belongs_together(rows: str, message: str) -> pgtrigger.Trigger:
    """Trigger that rejects a row without a match in `rows`."""
    func = f"""
        IF NOT EXISTS (SELECT 1 FROM {rows}) THEN
            RAISE EXCEPTION '{message}' {CHECK};
        END IF;
        RETURN NEW;
    """  # noqa: S608 (constants only)
    return before("belongs_together", pgtrigger.Insert | pgtrigger.Update, func)


def audit_guards() -> list[pgtrigger.Trigger]:
    """Triggers on audits: initial state, legal moves, fixed declaration, and no own or colleague's record."""
    return [
        belongs_together(
            "declarations_declaration d WHERE d.id = NEW.declaration_id AND d.holder_id = NEW.holder_id",
            "audit and declaration have different holders",
        ),
        pgtrigger.FSM(name="moves", field="state", transitions=transitions()),
        before("begins_with_its_selection", pgtrigger.Insert, BEGINS_WITH_ITS_SELECTION),
        before("keeps_its_declaration", pgtrigger.Update, KEEPS_ITS_DECLARATION),
        before("goes_to_no_colleague", pgtrigger.Insert | pgtrigger.UpdateOf("auditor_id"), NO_COLLEAGUES),
    ]


def declaration_guards() -> list[pgtrigger.Trigger]:
    """A declaration under audit leaves it only in accordance with the outcome."""
    return [
        before(
            "awaits_its_audit",
            pgtrigger.UpdateOf("state"),
            DECLARATION_AWAITS_ITS_AUDIT,
            condition=pgtrigger.Q(old__state="under_audit", new__state__in=["eligible", "returned", "denied"]),
        )
    ]


def finding_guards() -> list[pgtrigger.Trigger]:
    """A finding is about a credit of the audited declaration, and is made while the audit is under review."""
    return [
        belongs_together(
            """audits_audit a JOIN declarations_declaredcredit c ON c.declaration_id = a.declaration_id
                 WHERE a.id = NEW.audit_id AND c.id = NEW.declared_credit_id""",
            "a finding is about a credit of the audited declaration",
        ),
        before("found_under_review", pgtrigger.Insert | pgtrigger.Update, FOUND_UNDER_REVIEW),
        never_truncated(),
    ]


def answer_guards() -> list[pgtrigger.Trigger]:
    """A holder's answer is about their own credit."""
    return [
        belongs_together(
            """audits_audit a JOIN education_credit c ON c.holder_id = a.holder_id
                 WHERE a.id = NEW.audit_id AND c.id = NEW.credit_id""",
            "audit and credit have different holders",
        ),
        never_truncated(),
    ]
