from declarations.models.declarations import Attestation, Declaration, Step
from declarations.models.reviews import Appeal, AtWork, Note, Ruling, Waiting
from declarations.models.signed import DeclaredCredit, Seal, Terms

__all__ = [
    "Appeal",
    "AtWork",
    "Attestation",
    "Declaration",
    "DeclaredCredit",
    "Note",
    "Ruling",
    "Seal",
    "Step",
    "Terms",
    "Waiting",
]
