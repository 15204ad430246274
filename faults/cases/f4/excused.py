"""Routes that accept a POST but need no form here because they have no effect: patterns, each with the reason."""

from fnmatch import fnmatchcase

SHOWN = "shows its page whatever is sent; what can be done has addresses of its own"
EXCUSED = {
    "account_confirm_login_code": "not in use: leads to the sign-in",
    "mfa_download_recovery_codes": "refused with 405 to whoever has codes, and not there for others",
    "admin:index": SHOWN,
    "admin:app_list =*": SHOWN,
    "admin:*_changelist": "a list; each of its actions has a line of its own",
    "admin:*_history": SHOWN,
    "admin:*_export": "a file of what the list shows",
    "admin:login": "leads to the portal's sign-in",
    "admin:password_change": "leads to the portal's page for it",
    "admin/*/<path:object_id>/": "leads to the page of the row",
    "admin/(?P<url>[.][*])$ =no-such-page": "there is no such page",
    "admin:audits_audit_change": SHOWN,
    "admin:audits_round_change": SHOWN,
    "admin:credentials_synchronisationrequest_change": SHOWN,
    "admin:declarations_declaration_change": SHOWN,
    "admin:education_apitoken_change": SHOWN,
    "admin:education_dispute_change": SHOWN,
    "admin:education_intakebatch_change": SHOWN,
    "admin:education_intakerow_change": SHOWN,
    "admin:education_match_change": SHOWN,
    "admin:education_webhooknotice_change": SHOWN,
}


def excuses_of(line: str) -> set[str]:
    return {pattern for pattern in EXCUSED if fnmatchcase(line, pattern)}
