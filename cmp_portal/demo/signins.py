"""The demo's logins, the same in every checkout."""

from accounts.enums import Role

PASSWORD = "demo-credential-portal"  # noqa: S105 (printed on purpose: it opens invented data only)
REVIEWER, AUDITOR, ADMIN = "reviewer@example.org", "auditor@example.org", "admin@example.org"
STAFF = {REVIEWER: [Role.REVIEWER], AUDITOR: [Role.AUDITOR], ADMIN: [Role.ADMINISTRATOR, Role.REGISTRAR]}
SIGN_INS = {
    "holder@example.org": "one credit missing, and the cycle ends this month",
    "newcomer@example.org": "newly certified, nothing allocated yet",
    "expired@example.org": "expired, on the way to reinstatement",
    "several@example.org": "four credentials, one of them for life",
    REVIEWER: "reviews declarations, under /admin/",
    AUDITOR: "audits declarations, under /admin/",
    ADMIN: "manages the register and the staff, under /admin/",
}


def sign_ins_text() -> str:
    """The logins as a short table."""
    width = max(map(len, SIGN_INS))
    lines = [f"  {email:<{width}}  {what}" for email, what in SIGN_INS.items()]
    return "\n".join([f"Log in with the password {PASSWORD} as", *lines])
