from education.admin.disputes import DisputeAdmin
from education.admin.matches import MatchAdmin
from education.admin.records import CreditAdmin, IntakeBatchAdmin, IntakeRowAdmin, ProviderAdmin
from education.admin.synchronisation import SynchronisationRequestAdmin

__all__ = [
    "CreditAdmin",
    "DisputeAdmin",
    "IntakeBatchAdmin",
    "IntakeRowAdmin",
    "MatchAdmin",
    "ProviderAdmin",
    "SynchronisationRequestAdmin",
]
