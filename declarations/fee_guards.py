"""Database triggers that protect fees, payments and refunds."""

import pgtrigger

from cmp_portal.lib.history import never_truncated
from declarations.guards import CHECK
from declarations.rules.fees import fee_transitions, refund_transitions

STARTS = f"""
    IF NEW.state <> 'due' THEN
        RAISE EXCEPTION 'a new fee is due' {CHECK};
    END IF;
    IF NOT EXISTS (SELECT 1 FROM declarations_declaration d
                    WHERE d.id = NEW.declaration_id AND d.holder_id = NEW.holder_id AND d.received_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a fee is charged for a received declaration of its holder' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)
KEEPS = f"""
    IF (NEW.number, NEW.holder_id, NEW.declaration_id, NEW.amount, NEW.currency, NEW.lines, NEW.charged_at)
       IS DISTINCT FROM
       (OLD.number, OLD.holder_id, OLD.declaration_id, OLD.amount, OLD.currency, OLD.lines, OLD.charged_at)
       OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at) THEN
        RAISE EXCEPTION 'an invoice is never rewritten' {CHECK};
    END IF;
"""
PAID = f"""
    IF NEW.state = 'paid' AND OLD.state <> 'paid'
       AND (SELECT COALESCE(SUM(p.amount), 0) FROM declarations_payment p WHERE p.fee_id = NEW.id) < NEW.amount THEN
        RAISE EXCEPTION 'a fee is paid by payments' {CHECK};
    END IF;
    IF NEW.state = 'refunded' AND OLD.state <> 'refunded'
       AND (SELECT COALESCE(SUM(p.amount), 0) FROM declarations_payment p WHERE p.fee_id = NEW.id)
           > (SELECT COALESCE(SUM(r.amount), 0) FROM declarations_refund r
                JOIN declarations_payment p ON p.id = r.payment_id WHERE p.fee_id = NEW.id AND r.state = 'done') THEN
        RAISE EXCEPTION 'a fee is refunded by refunds' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)
# Locks the fee as every action does, so that concurrent refunds see each other. Refunds made at the payment service are
# facts: our promises not yet requested don't count against them, and if these no longer fit, the service refuses them.
WITHIN = f"""
    IF NEW.state <> 'promised' AND NEW.by_id IS NOT NULL THEN
        RAISE EXCEPTION 'a new refund is promised' {CHECK};
    END IF;
    PERFORM 1 FROM declarations_fee f
      WHERE f.id = (SELECT p.fee_id FROM declarations_payment p WHERE p.id = NEW.payment_id) FOR UPDATE;
    IF NEW.state <> 'refused'
       AND (SELECT COALESCE(SUM(r.amount), 0) FROM declarations_refund r
             WHERE r.payment_id = NEW.payment_id AND r.state <> 'refused'
               AND (NEW.by_id IS NOT NULL OR r.state = 'done' OR r.reference <> '')) + NEW.amount
       > (SELECT p.amount FROM declarations_payment p WHERE p.id = NEW.payment_id) THEN
        RAISE EXCEPTION 'no more is paid back than was paid' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)
STANDS = f"""
    IF (NEW.payment_id, NEW.amount, NEW.reason, NEW.by_id, NEW.at)
       IS DISTINCT FROM (OLD.payment_id, OLD.amount, OLD.reason, OLD.by_id, OLD.at)
       OR (OLD.reference <> '' AND NEW.reference <> OLD.reference) THEN
        RAISE EXCEPTION 'a refund is never rewritten' {CHECK};
    END IF;
"""


def _before(name: str, operation: pgtrigger.Operation, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, level=pgtrigger.Row, when=pgtrigger.Before, operation=operation, func=f"{func} RETURN NEW;"
    )


def fee_guards() -> list[pgtrigger.Trigger]:
    """A fee follows the transition table, is immutable otherwise, and becomes paid only by payments."""
    return [
        pgtrigger.FSM(name="moves", field="state", transitions=fee_transitions()),
        _before("starts_as_due", pgtrigger.Insert, STARTS),
        _before("keeps_its_words", pgtrigger.Update, KEEPS),
        _before("paid_by_payments", pgtrigger.UpdateOf("state"), PAID),
        pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        never_truncated(),
    ]


def refund_guards() -> list[pgtrigger.Trigger]:
    """Refunds never exceed their payment, are immutable, and move only forward."""
    return [
        pgtrigger.FSM(name="moves", field="state", transitions=refund_transitions()),
        _before("stays_within_its_payment", pgtrigger.Insert, WITHIN),
        _before("keeps_its_words", pgtrigger.Update, STANDS),
        pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        never_truncated(),
    ]
