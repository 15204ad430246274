from declarations.admin.credentials import CredentialAdmin, CycleAdmin
from declarations.admin.declarations import AttestationAdmin, DeclarationAdmin

__all__ = ["AttestationAdmin", "CredentialAdmin", "CycleAdmin", "DeclarationAdmin"]
