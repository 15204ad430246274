from declarations.admin.credentials import CredentialAdmin, CycleAdmin
from declarations.admin.declarations import AttestationAdmin, DeclarationAdmin
from declarations.admin.fees import FeeAdmin, FeeFamilyAdmin, FeeRateAdmin

__all__ = [
    "AttestationAdmin",
    "CredentialAdmin",
    "CycleAdmin",
    "DeclarationAdmin",
    "FeeAdmin",
    "FeeFamilyAdmin",
    "FeeRateAdmin",
]
