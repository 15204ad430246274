from education.admin.disputes import DisputeAdmin
from education.admin.feeds import IntakeBatchAdmin
from education.admin.lines import IntakeRowAdmin
from education.admin.matches import MatchAdmin
from education.admin.providers import ProviderAdmin
from education.admin.records import CreditAdmin
from education.admin.synchronisation import SynchronisationRequestAdmin
from education.admin.systems import ApiTokenAdmin, WebhookAdmin, WebhookNoticeAdmin

__all__ = [
    "ApiTokenAdmin",
    "CreditAdmin",
    "DisputeAdmin",
    "IntakeBatchAdmin",
    "IntakeRowAdmin",
    "MatchAdmin",
    "ProviderAdmin",
    "SynchronisationRequestAdmin",
    "WebhookAdmin",
    "WebhookNoticeAdmin",
]
