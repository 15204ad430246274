"""Database triggers that protect the ledger, so that not even psql can over-allocate a credit."""

import pgtrigger

from cmp_portal.lib.history import never_truncated
from education.rules.matching import transitions

CHECK = "USING ERRCODE = 'check_violation'"

# Only at this isolation level does a sum taken after the lock see what others have committed meanwhile.
READ_COMMITTED = f"""
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'shares and credits change in read committed transactions only' {CHECK};
    END IF;
"""

# Locks come first and in id order, so that two statements that touch the same credits wait instead of deadlocking.
LOCK_CREDITS = """
    PERFORM 1 FROM education_credit c
      WHERE c.id IN (SELECT n.credit_id FROM new_rows n) ORDER BY c.id FOR UPDATE;
"""


def lock_cycles(*rows: str) -> str:
    """SQL that locks the cycles of these rows, so that a declaration and changes of shares wait for each other."""
    ids = " UNION ".join(f"SELECT r.cycle_id FROM {name} r" for name in rows)  # noqa: S608 (constants only)
    return f"PERFORM 1 FROM credentials_cycle y WHERE y.id IN ({ids}) ORDER BY y.id FOR UPDATE;"


SHARES_FIT = f"""
    IF EXISTS (SELECT 1 FROM new_rows n JOIN credentials_cycle y ON y.id = n.cycle_id
                WHERE y.shares_frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the shares of this cycle are frozen' {CHECK};
    END IF;

    IF EXISTS (SELECT 1 FROM new_rows n
                 JOIN education_credit c ON c.id = n.credit_id
                 JOIN credentials_cycle y ON y.id = n.cycle_id
                 JOIN credentials_area a ON a.id = n.area_id
                WHERE c.holder_id <> n.holder_id OR y.holder_id <> n.holder_id
                   OR a.requirement_set_id <> y.requirement_set_id) THEN
        RAISE EXCEPTION 'share, credit, cycle and area do not belong together' {CHECK};
    END IF;

    IF EXISTS (SELECT 1 FROM new_rows n JOIN education_credit c ON c.id = n.credit_id
                WHERE c.withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a withdrawn credit cannot be allocated' {CHECK};
    END IF;

    IF EXISTS (SELECT 1 FROM education_allocation s JOIN education_credit c ON c.id = s.credit_id
                WHERE (s.cycle_id, s.credit_id) IN (SELECT n.cycle_id, n.credit_id FROM new_rows n)
                GROUP BY s.cycle_id, s.credit_id, c.points HAVING SUM(s.points) > c.points) THEN
        RAISE EXCEPTION 'the shares of a credit within a cycle exceed its points' {CHECK};
    END IF;

    IF EXISTS (SELECT 1 FROM education_allocation s JOIN credentials_cycle y ON y.id = s.cycle_id
                WHERE s.credit_id IN (SELECT n.credit_id FROM new_rows n)
                GROUP BY s.credit_id, y.credential_id HAVING COUNT(DISTINCT s.cycle_id) > 1) THEN
        RAISE EXCEPTION 'a credit is allocated in at most one cycle of a credential' {CHECK};
    END IF;
    RETURN NULL;
"""  # noqa: S608 (constants only)

OLD_SHARES_ARE_FREE = f"""
    IF EXISTS (SELECT 1 FROM old_rows o JOIN credentials_cycle y ON y.id = o.cycle_id
                WHERE y.shares_frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the shares of this cycle are frozen' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)

# In a declared or closed cycle, shares stay as they were signed, whatever the provider corrects afterwards.
CREDIT_COVERS_SHARES = f"""
    IF EXISTS (SELECT 1 FROM new_rows n
                 JOIN education_allocation s ON s.credit_id = n.id
                 JOIN credentials_cycle y ON y.id = s.cycle_id AND y.shares_frozen_at IS NULL
                GROUP BY n.id, n.points, n.withdrawn_at, s.cycle_id
               HAVING SUM(s.points) > n.points OR n.withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the shares of a credit within a cycle exceed its points' {CHECK};
    END IF;
    RETURN NULL;
"""  # noqa: S608 (constants only)

# Checks a cycle that switches requirement sets, or that is reopened after its credits were corrected.
CYCLE_FITS_SHARES = f"""
    IF EXISTS (SELECT 1 FROM education_allocation s
                 JOIN credentials_cycle y ON y.id = s.cycle_id
                 JOIN credentials_area a ON a.id = s.area_id
                WHERE y.id = NEW.id
                  AND (a.requirement_set_id <> y.requirement_set_id OR s.holder_id <> y.holder_id)) THEN
        RAISE EXCEPTION 'share, credit, cycle and area do not belong together' {CHECK};
    END IF;
    IF EXISTS (SELECT 1 FROM education_allocation s
                 JOIN credentials_cycle y ON y.id = s.cycle_id AND y.shares_frozen_at IS NULL
                 JOIN education_credit c ON c.id = s.credit_id
                WHERE y.id = NEW.id
                GROUP BY c.id, c.points, c.withdrawn_at
               HAVING SUM(s.points) > c.points OR c.withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the shares of a credit within a cycle exceed its points' {CHECK};
    END IF;
    RETURN NULL;
"""  # noqa: S608 (constants only)

EVIDENCE_FOLLOWS_CREDIT = f"""
    IF TG_OP = 'UPDATE' AND NEW.credit_id IS NULL AND OLD.credit_id IS NOT NULL THEN
        RAISE EXCEPTION 'evidence of a credit stays evidence of one' {CHECK};
    END IF;
    IF NEW.credit_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM education_credit c WHERE c.id = NEW.credit_id AND c.holder_id = NEW.holder_id) THEN
        RAISE EXCEPTION 'evidence and credit have different holders' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)

DISPUTE_FOLLOWS_CREDIT = f"""
    IF NOT EXISTS (SELECT 1 FROM education_credit c WHERE c.id = NEW.credit_id AND c.holder_id = NEW.holder_id) THEN
        RAISE EXCEPTION 'dispute and credit have different holders' {CHECK};
    END IF;
    RETURN NEW;
"""  # noqa: S608 (constants only)

MATCH_FOLLOWS_CREDITS = f"""
    IF EXISTS (SELECT 1 FROM new_rows n JOIN education_credit c ON c.id = n.recorded_id
                WHERE c.holder_id <> n.holder_id)
       OR EXISTS (SELECT 1 FROM new_rows n JOIN education_credit c ON c.id = n.delivered_id
                   WHERE c.holder_id <> n.holder_id) THEN
        RAISE EXCEPTION 'match and credits have different holders' {CHECK};
    END IF;
    RETURN NULL;
"""  # noqa: S608 (constants only)


def _after(name: str, operation: pgtrigger.Operation, func: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=func,
    )


def _follows_its_credit(func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="follows_its_credit",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("holder_id", "credit_id"),
        func=func,
    )


def _keeps_its_holder(what: str) -> pgtrigger.Trigger:
    """A row that moved would leave no trace in the history of whom it leaves, whose pages rely on that history."""
    return pgtrigger.Trigger(
        name="keeps_its_holder",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("holder_id"),
        condition=pgtrigger.Q(old__holder__df=pgtrigger.F("new__holder")),
        func=f"RAISE EXCEPTION 'a {what} keeps its holder' {CHECK};",
    )


def allocation_guards() -> list[pgtrigger.Trigger]:
    """Sums, ownership and frozen cycles, checked once per statement."""
    inserted = READ_COMMITTED + LOCK_CREDITS + lock_cycles("new_rows") + SHARES_FIT
    updated = READ_COMMITTED + LOCK_CREDITS + lock_cycles("old_rows", "new_rows") + OLD_SHARES_ARE_FREE + SHARES_FIT
    deleted = lock_cycles("old_rows") + OLD_SHARES_ARE_FREE + "RETURN NULL;"
    return [
        _after("shares_fit_insert", pgtrigger.Insert, inserted, new="new_rows"),
        _after("shares_fit_update", pgtrigger.Update, updated, new="new_rows", old="old_rows"),
        _after("shares_free_delete", pgtrigger.Delete, deleted, old="old_rows"),
        _keeps_its_holder("share"),
        never_truncated(),
    ]


def credit_guards() -> list[pgtrigger.Trigger]:
    """A credit's points never fall below what is allocated of it in an open cycle."""
    covered = READ_COMMITTED + CREDIT_COVERS_SHARES
    return [
        _after("credit_covers_shares", pgtrigger.Update, covered, new="new_rows"),
        _keeps_its_holder("credit"),
    ]


def cycle_guards() -> list[pgtrigger.Trigger]:
    """Checked at commit, so that a cycle and its shares can change together."""
    return [
        pgtrigger.Trigger(
            name="fits_its_shares",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            timing=pgtrigger.Deferred,
            operation=pgtrigger.UpdateOf("holder_id", "requirement_set_id", "shares_frozen_at"),
            condition=pgtrigger.Q(old__holder__df=pgtrigger.F("new__holder"))
            | pgtrigger.Q(old__requirement_set__df=pgtrigger.F("new__requirement_set"))
            | pgtrigger.Q(old__shares_frozen_at__isnull=False, new__shares_frozen_at__isnull=True),
            func=CYCLE_FITS_SHARES,
        )
    ]


def evidence_guards() -> list[pgtrigger.Trigger]:
    """A document belongs to the holder of its credit; one that came with a letter can't be changed."""
    return [
        _follows_its_credit(EVIDENCE_FOLLOWS_CREDIT),
        pgtrigger.Protect(
            name="stays_with_its_letter",
            operation=pgtrigger.UpdateOf(
                "holder_id", "credit_id", "file", "name", "media_type", "size", "sha256", "uploaded_at", "removed_at"
            ),
            condition=pgtrigger.Q(old__credit__isnull=True),
        ),
        never_truncated(),
    ]


def dispute_guards() -> list[pgtrigger.Trigger]:
    """A dispute belongs to the holder of its credit, is answered once, and is never deleted."""
    return [
        _follows_its_credit(DISPUTE_FOLLOWS_CREDIT),
        pgtrigger.FSM(name="is_answered_once", field="state", transitions=[("open", "upheld"), ("open", "declined")]),
        never_truncated(),
    ]


def match_guards() -> list[pgtrigger.Trigger]:
    """A match belongs to the holder of its credits, and its state changes only by the allowed transitions."""
    return [
        _after("follows_credits_insert", pgtrigger.Insert, MATCH_FOLLOWS_CREDITS, new="new_rows"),
        _after("follows_credits_update", pgtrigger.Update, MATCH_FOLLOWS_CREDITS, new="new_rows"),
        pgtrigger.FSM(name="is_decided", field="state", transitions=transitions()),
        never_truncated(),
    ]
