from credentials.models.claims import Claim
from credentials.models.cycles import Credential, Cycle
from credentials.models.holds import HoldDecision
from credentials.models.reference import ActivityKind, CredentialType, KindUnit, Subject
from credentials.models.requirements import Area, RequirementSet, Rule
from credentials.models.synchronisation import SynchronisationRequest

__all__ = [
    "ActivityKind",
    "Area",
    "Claim",
    "Credential",
    "CredentialType",
    "Cycle",
    "HoldDecision",
    "KindUnit",
    "RequirementSet",
    "Rule",
    "Subject",
    "SynchronisationRequest",
]
