from declarations.views.badges import badge, did, jwks, status_list
from declarations.views.declaration import appeal, detail, replace_document, reply, withdraw
from declarations.views.declaring import attest, confirm, declare, start, submit
from declarations.views.fees import fee, fee_document, paid, pay, payment_webhook
from declarations.views.proofs import paper, proofs
from declarations.views.sharing import hide, revoke_link, shared, sharing, show
from declarations.views.transcripts import transcript, transcript_file, transcripts
from declarations.views.verification import by_code, by_file, verify

__all__ = [
    "appeal",
    "attest",
    "badge",
    "by_code",
    "by_file",
    "confirm",
    "declare",
    "detail",
    "did",
    "fee",
    "fee_document",
    "hide",
    "jwks",
    "paid",
    "paper",
    "pay",
    "payment_webhook",
    "proofs",
    "replace_document",
    "reply",
    "revoke_link",
    "shared",
    "sharing",
    "show",
    "start",
    "status_list",
    "submit",
    "transcript",
    "transcript_file",
    "transcripts",
    "verify",
    "withdraw",
]
