"""The access matrix: one line per route and action. Add a line for each new one, saying who may access it.

A new back-office model is a `Desk`, with a row in `world.office`; a route that receives a decision of the Board is a
`decision`. Afterwards, `python -m tests.access` writes docs/access.md.
"""

from accounts.enums import Permission
from tests.access.desks import Desk, by_app, deciding, decision, enter, offered
from tests.access.rules import (
    OWNERS,
    Action,
    Address,
    Cell,
    Visitor,
    but,
    everyone,
    having,
    nobody,
    owner,
    signed_in,
    who_may,
)
from tests.access.systems import API, SYSTEM_ACTS, SYSTEM_DESKS

OWN, ALLOCATE, DECLARE = Permission.OWN_RECORD, Permission.ALLOCATE, Permission.DECLARE
BOARD = Permission.SEE_RECORDS

PORTAL = [
    Address("guide", "The guide", get=everyone()),
    Address("glossary", "What the terms mean", get=everyone()),
    Address("healthz", "Whether the portal is running", get=everyone()),
    Address("readyz", "Whether it is ready to serve", get=everyone()),
    Address("metrics", "Metrics for Prometheus, with a token", get=everyone(Cell.REFUSED)),
    Address("calendar", "A holder's calendar, by its secret URL", get=everyone(), of=("calendar",)),
    Address("lasting", "How long the login lasts", get=signed_in(), post=signed_in()),
    Address("gallery", "The style guide", get=who_may(Permission.BACK_OFFICE)),
    Address("mail", "Samples of all emails", get=who_may(Permission.BACK_OFFICE), of=("=credit_posted", "=html")),
]

# With a request already pending, the owner is redirected.
WAITS = but(who_may(OWN), Cell.ON, *OWNERS)
# Holders who already have a record can't link another.
INVITED = but(everyone(), Cell.OVER, Visitor.HOLDER, Visitor.OTHER, Visitor.OWN)
ACCOUNTS = [
    Address("account:dashboard", "My Account", get=signed_in()),
    Address("account:history", "Who changed my record", get=who_may(OWN)),
    Address("accounts:alerts", "All my alerts", get=who_may(OWN)),
    Address("accounts:dismiss_alert", "Dismiss an alert", post=owner(OWN), of=("alert",)),
    Address("accounts:dismiss_all", "Dismiss all alerts", post=who_may(OWN)),
    Address("accounts:mark_read", "Mark an alert as read", post=owner(OWN), of=("alert",)),
    Address("accounts:mark_unread", "Mark an alert as unread", post=owner(OWN), of=("alert",)),
    Address("accounts:mail_again", "Resume emails to me", post=who_may(OWN)),
    Address("accounts:preferences", "How alerts reach me", get=who_may(OWN), post=who_may(OWN)),
    Address("accounts:unsubscribe", "Unsubscribe from such emails", get=everyone(), post=everyone(), of=("mailed",)),
    Address("accounts:record", "What the Board has on file", get=who_may(OWN)),
    Address("accounts:change", "Request a change to it", get=WAITS, post=who_may(OWN), of=("=name",)),
    Address("accounts:withdraw_change", "Withdraw that request", post=owner(OWN), of=("change",)),
    Address("accounts:change_document", "A document of that request", get=owner(OWN, board=BOARD), of=("document",)),
    Address("accounts:invitation", "The link in an invitation", get=INVITED, post=INVITED, of=("invitation",)),
    Address("calendar_settings", "The URL of my calendar", get=who_may(OWN)),
    Address("calendar_make", "Create one", post=who_may(OWN)),
    Address("calendar_forget", "Remove it", post=who_may(OWN)),
    Address("export", "Download my data", get=who_may(OWN)),
    Address("export_file", "All data as a file", get=who_may(OWN)),
    Address("closing", "Close my account: confirmation", get=who_may(OWN)),
    Address("close", "Close my account", post=who_may(OWN)),
    Address("export_archive", "All data and documents as an archive", get=who_may(OWN)),
]

CREDENTIALS = [
    Address("credentials:claim", "Link my record", get=who_may(OWN, Cell.ON, others=Cell.IN), post=signed_in()),
]

EDUCATION = [
    Address("education:progress", "Check Progress", get=who_may(OWN)),
    Address("education:allocate", "Allocate a credit", post=owner(ALLOCATE), of=("cycle", "credit")),
    Address("education:release", "Remove an allocation", post=owner(ALLOCATE), of=("cycle", "credit", "=chemistry")),
    Address("education:change", "Change an allocation", post=owner(ALLOCATE), of=("cycle",)),
    Address("education:plan", "Plan what is missing", get=owner(OWN), of=("cycle",)),
    Address("education:clearing", "Remove all allocations: confirmation", get=owner(ALLOCATE), of=("cycle",)),
    Address("education:clear", "Remove all allocations", post=owner(ALLOCATE), of=("cycle",)),
    Address("education:undo", "Undo the last change", post=owner(ALLOCATE), of=("cycle",)),
    Address("education:suggestion", "Suggested allocations", get=owner(ALLOCATE), of=("cycle",)),
    Address("education:suggest_apply", "Apply the suggestion", post=owner(ALLOCATE), of=("cycle",)),
    Address("education:credits", "My credits", get=who_may(OWN)),
    Address("education:credit_add", "Record a credit", get=who_may(ALLOCATE), post=who_may(ALLOCATE)),
    Address("education:credit", "One credit", get=owner(OWN), of=("credit",)),
    Address("education:credit_edit", "Correct it", get=owner(ALLOCATE), post=owner(ALLOCATE), of=("credit",)),
    Address("education:credit_withdraw", "Withdraw it", post=owner(ALLOCATE), of=("credit",)),
    Address("education:credit_restore", "Restore it", post=owner(ALLOCATE), of=("credit",)),
    Address("education:dispute", "Dispute it", get=owner(ALLOCATE), post=owner(ALLOCATE), of=("delivered",)),
    Address("education:everywhere", "Where else it fits", get=owner(ALLOCATE), of=("credit",)),
    Address("education:apply_everywhere", "Use it there", post=owner(ALLOCATE), of=("credit",)),
    Address("education:evidence_add", "Add a document", post=owner(ALLOCATE), of=("credit",)),
    Address("education:evidence_file", "A document", get=owner(OWN, board=BOARD), of=("evidence",)),
    Address("education:evidence_picture", "A preview of it", get=owner(OWN, board=BOARD), of=("evidence",)),
    Address("education:evidence_remove", "Remove a document", post=owner(ALLOCATE), of=("evidence",)),
    Address("education:match", "Mark two credits as duplicates", post=owner(ALLOCATE), of=("match",)),
    Address("education:mark_different", "Mark two credits as different", post=owner(ALLOCATE), of=("match",)),
    Address("education:unmatch", "Separate them again", post=owner(ALLOCATE), of=("match",)),
    Address("education:synchronisation", "Align my cycles", get=who_may(ALLOCATE)),
    Address("education:synchronise", "Request it", post=who_may(ALLOCATE)),
    Address(
        "education:synchronisation_withdraw", "Withdraw this request", post=owner(ALLOCATE), of=("synchronisation",)
    ),
]

DECLARATIONS = [
    Address("declarations:start", "Go to the declaration that can be opened", get=who_may(DECLARE, Cell.ON)),
    Address("declarations:declare", "Declare: check", get=owner(DECLARE), of=("cycle",)),
    Address("declarations:attest", "Declare: attest", get=owner(DECLARE), of=("cycle",)),
    Address("declarations:confirm", "Declare: check your answers", get=owner(DECLARE), of=("cycle",)),
    Address("declarations:submit", "Submit", post=owner(DECLARE), of=("cycle",)),
    Address("declarations:detail", "A declaration", get=owner(OWN), of=("declaration",)),
    Address("declarations:appeal", "Appeal a denial", get=owner(DECLARE), post=owner(DECLARE), of=("declaration",)),
    Address(
        "declarations:replace_document", "Replace a damaged document", post=owner(DECLARE), of=("appealed", "damaged")
    ),
    Address("declarations:fee", "Its fee", get=owner(OWN), of=("charged",)),
    Address("declarations:pay", "Pay it", post=owner(DECLARE), of=("charged",)),
    Address("declarations:paid", "Return from payment", get=owner(OWN, cell=Cell.ON), of=("charged",)),
    Address("declarations:fee_document", "Its invoice", get=owner(OWN, board=BOARD), of=("charged", "=invoice")),
    # Exists only with a payment gateway: tested in tests/declarations/test_payment_messages.py.
    Address("declarations:payment_webhook", "Webhook of a payment service", post=everyone(Cell.ABSENT)),
    Address("declarations:reply", "Answer a note from its review", post=owner(DECLARE), of=("declaration",)),
    Address("declarations:withdraw", "Withdraw it", post=owner(DECLARE), of=("declaration",)),
    Address("declarations:proofs", "My letters and certificates", get=who_may(OWN)),
    Address("declarations:paper", "A letter or certificate", get=owner(OWN), of=("proof", "=letter")),
    Address("declarations:badge", "A digital badge", get=owner(OWN), of=("proof",)),
    Address("verification:did", "The portal as an issuer of badges", get=everyone()),
    Address("verification:jwks", "The keys that sign them", get=everyone()),
    Address("verification:status_list", "Which badges are on hold", get=everyone(), of=("badges", "=revocation")),
    Address("declarations:sharing", "Who can see my credentials", get=who_may(OWN), post=who_may(OWN)),
    Address("declarations:hide", "Hide from public verification", post=who_may(OWN)),
    Address("declarations:show", "Show in public verification again", post=who_may(OWN)),
    Address("declarations:revoke_link", "Revoke a link", post=owner(OWN), of=("shared",)),
    Address("verification:shared", "What a link shows", get=everyone(), of=("shared_secret",)),
    Address("verification:verify", "Verify a credential", get=everyone(), post=everyone()),
    Address("verification:by_file", "Verify by file", post=everyone()),
    Address("verification:by_code", "Verify by the printed code", get=everyone(), of=("proof",)),
    Address("declarations:transcripts", "My transcripts", get=who_may(OWN)),
    Address("declarations:transcript", "A transcript", get=owner(OWN, board=BOARD), of=("cycle",)),
    Address("declarations:transcript_file", "As a file", get=owner(OWN, board=BOARD), of=("cycle", "=csv")),
]

AUDITS = [
    Address("audits:rounds", "Audit rounds", get=everyone()),
    Address("audits:round", "What is published about a round", get=everyone(), of=("drawn",)),
    Address("audits:population", "Its population, as hashes", get=everyone(), of=("drawn",)),
    Address("audits:repeat", "The program that repeats a draw", get=everyone()),
    Address("audits:detail", "The audit of a declaration", get=owner(OWN), of=("audited",)),
    Address("audits:hand_in", "Submit its documents", post=owner(DECLARE), of=("audited",)),
    Address(
        "audits:replace", "Replace what was not accepted", get=owner(DECLARE), post=owner(DECLARE), of=("audited",)
    ),
    Address("audits:answer", "Answer a note from the Board", post=owner(DECLARE), of=("audited",)),
    Address("audits:evidence", "A document for it", post=owner(DECLARE), of=("audited", "proven")),
    Address("audits:not_available", "Declare that there is none", post=owner(DECLARE), of=("audited", "proven")),
]

# allauth's; redirects where there is nothing to do.
NOT_AGAIN = everyone(signed_in=Cell.ON)
# Only the owner has an authenticator app, a passkey and recovery codes.
TWO_STEPS = having(without=Cell.ON)
THEIRS = having(without=Cell.ABSENT)
NOT_TWICE = having(Cell.ON, without=Cell.IN)
SIGN_IN = [
    Address("account_login", "Log in", get=NOT_AGAIN, post=NOT_AGAIN),
    Address("account_signup", "Register", get=NOT_AGAIN, post=NOT_AGAIN),
    Address("account_logout", "Log out", get=everyone(Cell.ON, signed_in=Cell.IN), post=everyone()),
    Address("account_inactive", "“This account is closed”", get=everyone()),
    Address("account_reauthenticate", "Confirm it is you", get=signed_in(), post=signed_in()),
    Address("account_email", "My email addresses", get=signed_in(), post=signed_in()),
    Address("account_email_verification_sent", "“Check your email”", get=everyone()),
    Address("account_confirm_email", "Confirm an address", get=everyone(), post=everyone(), of=("address_key",)),
    Address("account_change_password", "Change my password", get=signed_in(), post=signed_in()),
    Address("account_set_password", "Set a password if there is none", get=signed_in(Cell.ON), post=signed_in(Cell.ON)),
    Address("account_reset_password", "Reset my password", get=everyone(), post=everyone()),
    Address("account_reset_password_done", "“We sent you an email”", get=everyone()),
    Address(
        "account_reset_password_from_key",
        "Set a new password, by the link in the mail",
        get=everyone(),
        post=everyone(),
        of=("uidb36", "reset_key"),
    ),
    Address("account_reset_password_from_key_done", "“Your password is set”", get=everyone()),
    Address("account_confirm_login_code", "Log in by code: not used", get=everyone(Cell.ON), post=everyone(Cell.ON)),
    Address("accounts:end_session", "End one of them", post=signed_in(), of=("=1",)),
    Address("usersessions_list", "My sessions", get=signed_in(), post=signed_in()),
    # Exist only with an identity provider: tested in tests/accounts/test_staff_login.py.
    Address("accounts:staff_login", "Staff log in with the Board's provider", get=everyone(Cell.ABSENT)),
    Address("accounts:staff_callback", "Return from that provider", get=everyone(Cell.ABSENT)),
    Address("mfa_index", "Two-step login", get=signed_in()),
    Address("mfa_authenticate", "The second step", get=everyone(Cell.ON), post=everyone(Cell.ON)),
    Address("mfa_reauthenticate", "Confirm it is you with an app", get=TWO_STEPS, post=signed_in()),
    Address("mfa_activate_totp", "Set up an app", get=NOT_TWICE, post=NOT_TWICE),
    Address("mfa_deactivate_totp", "Remove the app", get=THEIRS, post=THEIRS),
    Address("mfa_view_recovery_codes", "Recovery codes", get=THEIRS),
    Address("mfa_generate_recovery_codes", "Generate new ones", get=signed_in(), post=signed_in()),
    Address("mfa_download_recovery_codes", "As a file", get=THEIRS, post=having(Cell.METHOD, without=Cell.ABSENT)),
    Address("mfa_list_webauthn", "Passkeys", get=signed_in()),
    Address("mfa_add_webauthn", "Add a passkey", get=signed_in(), post=signed_in()),
    Address("mfa_edit_webauthn", "Rename one", get=THEIRS, post=THEIRS, of=("passkey",)),
    Address("mfa_remove_webauthn", "Remove one", get=THEIRS, post=THEIRS, of=("passkey",)),
    Address("mfa_login_webauthn", "Log in with a passkey", get=everyone(Cell.ON), post=NOT_AGAIN),
    Address("mfa_reauthenticate_webauthn", "Confirm it is you with a passkey", get=TWO_STEPS, post=signed_in()),
]

LEADS_ON = {**enter(Cell.ON), Visitor.ANONYMOUS: Cell.LOGIN}
OFFICE = [
    Address("admin:index", "Back-office home", get=enter(), post=enter()),
    Address("admin:login", "Redirects to the portal's login", get=LEADS_ON, post=LEADS_ON),
    Address("admin:logout", "Log out", get=everyone(Cell.ON, signed_in=Cell.IN), post=everyone()),
    Address("admin:password_change", "Redirects to the portal's page", get=enter(Cell.ON), post=enter(Cell.ON)),
    Address("admin:jsi18n", "Translations for its scripts", get=enter()),
    *(
        Address("admin:app_list", f"Home of {app}", get=enter(), post=enter(), of=(f"={app}",))
        for app in ("accounts", "credentials", "education", "declarations")
    ),
    Address(
        "admin:app_list",
        "Home of audits",
        get=but(enter(Cell.ABSENT), Cell.IN, Visitor.AUDITOR, Visitor.ADMINISTRATOR, Visitor.OWN),
        post=but(enter(Cell.ABSENT), Cell.IN, Visitor.AUDITOR, Visitor.ADMINISTRATOR, Visitor.OWN),
        of=("=audits",),
    ),
    *(
        Address("admin:autocomplete", words, get=who_may(permission), post=enter(Cell.METHOD), data=asked)
        for words, permission, asked in [
            (
                "Holders' names while typing",
                BOARD,
                {"app_label": "accounts", "model_name": "alert", "field_name": "holder"},
            ),
            (
                "Accounts while typing",
                Permission.ADMINISTER,
                {"app_label": "credentials", "model_name": "claim", "field_name": "user"},
            ),
        ]
    ),
    Address(
        "admin/(?P<url>.*)$", "Anything else", get=enter(Cell.ABSENT), post=enter(Cell.ABSENT), of=("=no-such-page",)
    ),
]

DESKS = [
    Desk("accounts.Holder", "Holders", BOARD, keep=Permission.REGISTER, sends=deciding(Permission.REGISTER)),
    Desk(
        "accounts.User",
        "Accounts",
        Permission.ADMINISTER,
        keep=Permission.ADMINISTER,
        adds=False,
        sends=deciding(Permission.ADMINISTER),
    ),
    Desk("accounts.Alert", "Alerts", BOARD),
    Desk("accounts.Change", "Changes to the register", BOARD, sends=deciding(Permission.REGISTER)),
    Desk("accounts.Letter", "Letters", BOARD),
    Desk("accounts.JobRun", "Job runs", Permission.ADMINISTER),
    Desk("credentials.Subject", "Subjects", Permission.BACK_OFFICE),
    Desk("credentials.ActivityKind", "Activity kinds", Permission.BACK_OFFICE),
    Desk("credentials.CredentialType", "Credential types", Permission.BACK_OFFICE),
    Desk("credentials.RequirementSet", "Requirement sets", Permission.BACK_OFFICE),
    Desk("credentials.Credential", "Credentials", BOARD, sends=deciding(Permission.REGISTER)),
    Desk("credentials.Cycle", "Cycles", BOARD),
    Desk("credentials.Claim", "Claims", BOARD, sends=deciding(Permission.REGISTER)),
    Desk("credentials.SynchronisationRequest", "Requests to align cycles", BOARD, sends=who_may(BOARD)),
    Desk("education.Provider", "Providers", Permission.BACK_OFFICE, keep=Permission.REFERENCE),
    Desk("education.Credit", "Credits", BOARD),
    Desk("education.Dispute", "Disputes", BOARD, sends=who_may(BOARD)),
    Desk("education.Match", "Possible duplicates", BOARD, sends=who_may(BOARD)),
    Desk("education.IntakeBatch", "Feeds", BOARD, keep=Permission.REGISTER, sends=who_may(BOARD)),
    Desk("education.IntakeRow", "Feed lines", BOARD, sends=who_may(BOARD)),
    *SYSTEM_DESKS,
    Desk("declarations.Declaration", "Declarations", BOARD, sends=who_may(BOARD)),
    Desk("declarations.Fee", "Fees", BOARD),
    Desk("declarations.FeeRate", "Fee rates", Permission.BACK_OFFICE, keep=Permission.REFERENCE),
    Desk("declarations.FeeFamily", "Fee families", Permission.BACK_OFFICE, keep=Permission.REFERENCE),
    Desk("declarations.Attestation", "Attestations", Permission.BACK_OFFICE),
    Desk("audits.Round", "Audit rounds", Permission.AUDIT, keep=Permission.AUDIT),
    Desk("audits.Colleague", "Colleagues of auditors", Permission.ADMINISTER, keep=Permission.ADMINISTER),
    Desk("audits.Audit", "Audits", Permission.AUDIT, sends=who_may(Permission.AUDIT)),
]

EXPORTS = [
    Address(f"admin:{model}_export", f"{words}: all of them as a file", get=enter(), post=enter())
    for model, words in {
        "credentials_subject": "Subjects",
        "credentials_activitykind": "Activity kinds",
        "credentials_credentialtype": "Credential types",
        "credentials_requirementset": "Requirement sets",
        "declarations_feerate": "Fee rates",
        "declarations_feefamily": "Fee families",
    }.items()
]

SYNCHRONISATION, DISPUTE, MATCH, DECLARATION, AUDIT = (
    f"admin:{name}"
    for name in (
        "credentials_synchronisationrequest",
        "education_dispute",
        "education_match",
        "declarations_declaration",
        "audits_audit",
    )
)
DECISIONS = [
    decision(
        f"{SYNCHRONISATION}_grant",
        "A request to align cycles: grant it",
        Permission.REGISTER,
        "credentials.SynchronisationRequest",
    ),
    decision(
        f"{SYNCHRONISATION}_decline",
        "A request to align cycles: decline it",
        Permission.REGISTER,
        "credentials.SynchronisationRequest",
    ),
    decision(f"{DISPUTE}_decide", "A dispute: answer it", Permission.REGISTER, "education.Dispute"),
    decision(
        f"{MATCH}_decide", "A possible duplicate: mark as one", Permission.REGISTER, "education.Match", "=matched"
    ),
    decision(
        f"{MATCH}_decide", "A possible duplicate: mark as two", Permission.REGISTER, "education.Match", "=different"
    ),
    decision(
        f"{MATCH}_decide",
        "A possible duplicate: separate them again",
        Permission.REGISTER,
        "education.Match",
        "=undone",
    ),
    decision(
        f"{DECLARATION}_decide", "A declaration: approve it", Permission.REVIEW, "declarations.Declaration", "=approve"
    ),
    decision(
        f"{DECLARATION}_decide", "A declaration: return it", Permission.REVIEW, "declarations.Declaration", "=return"
    ),
    decision(f"{DECLARATION}_decide", "A declaration: deny it", Permission.REVIEW, "declarations.Declaration", "=deny"),
    *(
        decision(f"{DECLARATION}_{name}", f"A declaration: {words}", Permission.REVIEW, "declarations.Declaration")
        for name, words in {
            "claim": "take it",
            "release": "release it",
            "take_over": "take it from a colleague",
        }.items()
    ),
    decision(
        f"{DECLARATION}_rule",
        "A declaration: judge a credit",
        Permission.REVIEW,
        "declarations.Declaration",
        "declared credit",
    ),
    *(
        decision(f"{AUDIT}_decide", f"An audit: {words}", Permission.AUDIT, "audits.Audit", f"={move}")
        for move, words in {
            "take": "take it",
            "request": "request documents",
            "begin": "begin the review",
            "ask_more": "request more",
            "pass": "pass it",
            "propose": "propose to fail it",
            "fail": "fail it",
        }.items()
    ),
    decision(f"{AUDIT}_find", "An audit: judge a credit", Permission.AUDIT, "audits.Audit", "declared credit"),
    decision(f"{AUDIT}_extend", "An audit: extend the deadline", Permission.AUDIT, "audits.Audit"),
    decision(f"{AUDIT}_note", "An audit: write a note", Permission.AUDIT, "audits.Audit"),
    Address(
        f"{AUDIT}_request_many",
        "Audits: request documents for several",
        get=enter(Cell.METHOD),
        post=who_may(Permission.AUDIT),
    ),
    Address(
        f"{AUDIT}_next",
        "An audit: go to the next one",
        get=who_may(Permission.AUDIT, Cell.ON),
        of=("audits.Audit",),
    ),
    Address(
        f"{AUDIT}_select",
        "Audits: select a declaration",
        get=enter(Cell.METHOD),
        post=who_may(Permission.AUDIT),
    ),
    Address(
        f"{DECLARATION}_note",
        "A declaration: write a note",
        get=enter(Cell.METHOD),
        post=but(nobody(), Cell.IN, Visitor.REVIEWER, Visitor.AUDITOR),
        of=("declarations.Declaration",),
    ),
    Address(
        f"{DECLARATION}_approve_unflagged",
        "Declarations: approve those without flags",
        get=enter(Cell.METHOD),
        post=who_may(Permission.REVIEW),
    ),
    Address(
        f"{DECLARATION}_next",
        "A declaration: go to the next one",
        get=who_may(BOARD, Cell.ON),
        of=("declarations.Declaration",),
    ),
    Address(
        "admin:education_intakebatch_undo",
        "A feed: undo it",
        get=who_may(Permission.REGISTER),
        post=who_may(Permission.REGISTER),
        of=("education.IntakeBatch",),
    ),
    Address(
        "admin:education_intakebatch_rejected",
        "A feed: its rejected lines as a file",
        get=who_may(BOARD),
        post=enter(Cell.METHOD),
        of=("education.IntakeBatch",),
    ),
    Address(
        "admin:education_intakerow_resolve",
        "A feed line: assign it to a holder",
        get=enter(Cell.METHOD),
        post=who_may(Permission.REGISTER),
        of=("education.IntakeRow",),
    ),
    Address(
        "admin:education_intakerow_dismiss",
        "A feed line: dismiss it",
        get=enter(Cell.METHOD),
        post=who_may(Permission.REGISTER),
        of=("education.IntakeRow",),
    ),
    decision("admin:declarations_fee_note_payment", "A fee: record a payment", Permission.FEES, "declarations.Fee"),
    decision(
        "admin:declarations_fee_refund",
        "A fee: refund it",
        Permission.FEES,
        "declarations.Fee",
        "declarations.Payment",
    ),
    Address(
        "admin:audits_round_draw",
        "A round: draw it",
        get=who_may(Permission.AUDIT),
        post=who_may(Permission.AUDIT),
        of=("audits.Round",),
    ),
    Address(
        "admin:audits_round_report",
        "A round: its report",
        get=who_may(Permission.AUDIT),
        post=enter(Cell.METHOD),
        of=("drawn",),
    ),
    Address(
        "admin:audits_round_report_file",
        "A round: its report as a file",
        get=who_may(Permission.AUDIT),
        post=enter(Cell.METHOD),
        of=("drawn", "=csv"),
    ),
    *SYSTEM_ACTS,
    Address(f"{DECLARATION}_figures", "Review figures", get=who_may(BOARD)),
]

TABLE: dict[str, list[Address]] = {
    "The portal": PORTAL,
    "My Account": [*ACCOUNTS, *CREDENTIALS],
    "My Education": EDUCATION,
    "Declarations": DECLARATIONS,
    "Audits": AUDITS,
    "Providers' own systems": API,
    "Login": SIGN_IN,
    "The back office": OFFICE,
    **{f"The back office: {app}": stock for app, stock in by_app(DESKS).items()},
    "The back office: decisions": DECISIONS,
    "The back office: exports": EXPORTS,
}
ADDRESSES = [address for addresses in TABLE.values() for address in addresses]
ACTIONS = [
    Action("accounts.Holder", "invite", "Holders: invite several", offered(BOARD, Permission.REGISTER)),
    Action("accounts.Letter", "send_again", "Letters: send failed ones again", offered(BOARD, Permission.REGISTER)),
    Action("accounts.Letter", "withdraw", "Letters: withdraw failed ones", offered(BOARD, Permission.REGISTER)),
    *(Action(desk.model, "delete_selected", f"{desk.meaning}: delete several", offered(desk.see)) for desk in DESKS),
]
