from cmp_portal.lib.uploads import UploadRefused as EvidenceRefused
from education.actions.all_credentials import WantedShare, allocate_everywhere
from education.actions.allocation import AllocationRefused, Edit, allocate, change, clear, lock_cycle, refit, release
from education.actions.corrections import Correction, seen_of
from education.actions.credits import CreditRefused, NewCredit, draft, edit, record, restore, withdraw
from education.actions.disputes import DisputeRefused, decide, dispute
from education.actions.evidence import attach, attach_all, keep, remove
from education.actions.evidence_checks import check_evidence, sweep_evidence
from education.actions.exchanging import NewShare, exchange
from education.actions.idempotency import forget_keyed
from education.actions.matching import MatchRefused, mark_different, match, unmatch
from education.actions.restoring import SignedShare, put_back
from education.actions.status import reconcile_status, refresh_status
from education.actions.suggestion import apply_suggestion
from education.actions.synchronisation import (
    SynchronisationRefused,
    decline,
    grant,
    request_synchronisation,
    withdraw_request,
)
from education.actions.tokens import TokenRefused, make_token, revoke_token, rotate_token
from education.actions.undo import undo
from education.actions.webhooks import (
    WebhookRefused,
    deliver_webhooks,
    forget_notices,
    keep_webhook,
    resend,
    rotate_secret,
    secret_of,
    send_test,
    switch,
)

__all__ = [
    "AllocationRefused",
    "Correction",
    "CreditRefused",
    "DisputeRefused",
    "Edit",
    "EvidenceRefused",
    "MatchRefused",
    "NewCredit",
    "NewShare",
    "SignedShare",
    "SynchronisationRefused",
    "TokenRefused",
    "WantedShare",
    "WebhookRefused",
    "allocate",
    "allocate_everywhere",
    "apply_suggestion",
    "attach",
    "attach_all",
    "change",
    "check_evidence",
    "clear",
    "decide",
    "decline",
    "deliver_webhooks",
    "dispute",
    "draft",
    "edit",
    "exchange",
    "forget_keyed",
    "forget_notices",
    "grant",
    "keep",
    "keep_webhook",
    "lock_cycle",
    "make_token",
    "mark_different",
    "match",
    "put_back",
    "reconcile_status",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "request_synchronisation",
    "resend",
    "restore",
    "revoke_token",
    "rotate_secret",
    "rotate_token",
    "secret_of",
    "seen_of",
    "send_test",
    "sweep_evidence",
    "switch",
    "undo",
    "unmatch",
    "withdraw",
    "withdraw_request",
]
