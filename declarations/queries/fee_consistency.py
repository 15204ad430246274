"""Consistency checks of fees and payments, and cases that staff should look at."""

from declarations.enums import EventOutcome, FeeState, RefundState, State
from declarations.rules.fees import WITHOUT_DECLARATION

UNSENT = ", ".join(f"'{state}'" for state in sorted(WITHOUT_DECLARATION))
PAID = f"""
    SELECT f.id, f.number, f.state, f.amount, f.declaration_id,
           COALESCE((SELECT SUM(p.amount) FROM declarations_payment p WHERE p.fee_id = f.id), 0) AS came,
           COALESCE((SELECT SUM(r.amount) FROM declarations_refund r JOIN declarations_payment p ON p.id = r.payment_id
                      WHERE p.fee_id = f.id AND r.state = '{RefundState.DONE}'), 0) AS went
      FROM declarations_fee f
"""  # noqa: S608 (constants only)
WRONG = {
    "fees whose state does not match payments and refunds": f"""
        SELECT f.id,
               concat(f.number, ' is ', f.state, '; received ', f.came, ' of ', f.amount, ' cents, refunded ', f.went)
          FROM ({PAID}) f
         WHERE (f.state IN ('due', 'dropped') AND f.came >= f.amount)
            OR (f.state IN ('paid', 'refunded') AND f.came < f.amount)
            OR (f.state = 'refunded' AND f.went < f.came) OR (f.state = 'paid' AND f.went >= f.came)
    """,  # noqa: S608 (constants only)
    "fees with a different holder than their declaration": """
        SELECT f.id, f.number FROM declarations_fee f JOIN declarations_declaration d ON d.id = f.declaration_id
         WHERE d.holder_id <> f.holder_id
    """,
    "fees due for a withdrawn declaration": f"""
        SELECT f.id, f.number FROM declarations_fee f JOIN declarations_declaration d ON d.id = f.declaration_id
         WHERE f.state = '{FeeState.DUE}' AND d.state = '{State.WITHDRAWN}'
    """,  # noqa: S608 (constants only)
    "refunds that exceed their payment": """
        SELECT p.id, concat('received ', p.amount, ' cents, refunded or promised ', SUM(r.amount))
          FROM declarations_payment p JOIN declarations_refund r ON r.payment_id = p.id AND r.state <> 'refused'
         GROUP BY p.id HAVING SUM(r.amount) > p.amount
    """,
}
# Consistent records, but somebody's money is at stake.
NOTES = {
    "fees paid for a declaration that is not submitted": f"""
        SELECT f.id, concat(f.number, ': the declaration is ', d.state)
          FROM ({PAID}) f JOIN declarations_declaration d ON d.id = f.declaration_id
         WHERE f.came > f.went AND d.state IN ({UNSENT})
    """,  # noqa: S608 (constants only)
    "fees paid more than once": f"""
        SELECT f.id, concat(f.number, ': holding ', f.came - f.went, ' cents for a fee of ', f.amount)
          FROM ({PAID}) f WHERE f.came - f.went > f.amount
    """,  # noqa: S608 (constants only)
    "partially paid fees": f"""
        SELECT f.id, concat(f.number, ': received ', f.came, ' of ', f.amount, ' cents')
          FROM ({PAID}) f WHERE f.state IN ('due', 'dropped') AND f.came BETWEEN 1 AND f.amount - 1
    """,  # noqa: S608 (constants only)
    "payments that match no fee": f"""
        SELECT e.id, concat(e.gateway, ' ', e.reference, ': ', e.amount, ' cents on ',
                            (e.at AT TIME ZONE %(zone)s)::date)
          FROM declarations_paymentevent e WHERE e.outcome = '{EventOutcome.UNKNOWN}'
    """,  # noqa: S608 (constants only)
    "refunds that were returned": f"""
        SELECT r.id, concat(f.number, ': ', r.amount, ' cents, ', r.reference)
          FROM declarations_refund r JOIN declarations_payment p ON p.id = r.payment_id
          JOIN declarations_fee f ON f.id = p.fee_id
         WHERE r.state = '{RefundState.REFUSED}' AND r.reference <> ''
           AND NOT EXISTS (SELECT 1 FROM declarations_refund again
                            WHERE again.payment_id = p.id AND again.at > r.at AND again.state <> 'refused')
    """,  # noqa: S608 (constants only)
    "refunds waiting for the payment service": f"""
        SELECT r.id, concat(r.amount, ' cents since ', r.since)
          FROM (SELECT id, amount, state, (at AT TIME ZONE %(zone)s)::date AS since FROM declarations_refund) r
         WHERE r.state = '{RefundState.PROMISED}' AND r.since < %(on)s
    """,  # noqa: S608 (constants only)
}
