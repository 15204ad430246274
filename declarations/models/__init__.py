from declarations.models.badges import Badge
from declarations.models.declarations import Attestation, Declaration, Step
from declarations.models.fees import Checkout, Fee, FeeFamily, FeeRate, Payment, PaymentEvent, Refund
from declarations.models.proofs import Hidden, Print, Proof
from declarations.models.reviews import Appeal, AppealDocument, AtWork, Note, Ruling, Waiting
from declarations.models.sharing import ShareLink
from declarations.models.signed import DeclaredCredit, Seal, Terms

__all__ = [
    "Appeal",
    "AppealDocument",
    "AtWork",
    "Attestation",
    "Badge",
    "Checkout",
    "Declaration",
    "DeclaredCredit",
    "Fee",
    "FeeFamily",
    "FeeRate",
    "Hidden",
    "Note",
    "Payment",
    "PaymentEvent",
    "Print",
    "Proof",
    "Refund",
    "Ruling",
    "Seal",
    "ShareLink",
    "Step",
    "Terms",
    "Waiting",
]
