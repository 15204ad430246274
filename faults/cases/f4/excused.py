"""Routes that accept a POST but need no form here because they have no effect: patterns, each with the reason."""

from fnmatch import fnmatchcase

SHOWN = "shows its page whatever is sent; its actions have their own addresses"
EXCUSED = {
    "account_confirm_login_code": "not in use: redirects to the login page",
    "mfa_download_recovery_codes": "405 for users who have codes, 404 for all others",
    "admin:index": SHOWN,
    "admin:app_list =*": SHOWN,
    "admin:*_changelist": "a list; each of its actions has its own entry",
    "admin:*_history": SHOWN,
    "admin:*_export": "a file with the contents of the list",
    "admin:login": "redirects to the portal's login page",
    "admin:password_change": "redirects to the portal's own page",
    "admin/*/<path:object_id>/": "redirects to the row's page",
    "admin/(?P<url>[.][*])$ =no-such-page": "no such page",
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
