from declarations.models.badges import Badge
from declarations.models.declarations import Attestation, Declaration, Step
from declarations.models.proofs import Hidden, Print, Proof
from declarations.models.reviews import Appeal, AtWork, Note, Ruling, Waiting
from declarations.models.sharing import ShareLink
from declarations.models.signed import DeclaredCredit, Seal, Terms

__all__ = [
    "Appeal",
    "AtWork",
    "Attestation",
    "Badge",
    "Declaration",
    "DeclaredCredit",
    "Hidden",
    "Note",
    "Print",
    "Proof",
    "Ruling",
    "Seal",
    "ShareLink",
    "Step",
    "Terms",
    "Waiting",
]
