from declarations.admin.declarations import AttestationAdmin, DeclarationAdmin

__all__ = ["AttestationAdmin", "DeclarationAdmin"]
