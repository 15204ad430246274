"""All settings, read top to bottom. `CMP_ENV=production` makes some variables required that have defaults here."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab

from cmp_portal.lib import shapes
from cmp_portal.lib.endpoints import (
    database_url,
    demand_tls,
    parse_database_url,
    redis_url,
    set_parameters,
    site_url,
    with_password,
)
from cmp_portal.lib.environment import Environment
from cmp_portal.lib.logs import OURS

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.read()

PRODUCTION = env.production
DEMO = env.flag("CMP_DEMO", default=False)
DEBUG = env.flag("CMP_DEBUG", default=False)
SECRET_KEY = env.required("SECRET_KEY", development="development-only-not-a-secret-" + "x" * 32)
# Previous keys, to be kept as long as sessions and open audit rounds depend on them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_URL = env.required("SITE_URL", development=site_url(), shape=shapes.ORIGIN)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1"]
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- The Board ------------------------------------------------------------------------------------------------

BOARD_NAME = env.text("BOARD_NAME", default="Board of Certification")
PROVIDER_CREDITS_NAME = env.text("PROVIDER_CREDITS_NAME", default="ASCP")
EARN_CE_URL = env.text("EARN_CE_URL", default="", shape=shapes.URL)
# "Today" is a date in the Board's time zone, wherever the server or the holder is.
BOARD_TIME_ZONE = env.zone("BOARD_TIME_ZONE", default="America/Chicago")
# The next cycle after a reinstatement starts this many days after receipt of the declaration.
REINSTATED_CYCLE_STARTS_AFTER_DAYS = env.integer("REINSTATED_CYCLE_STARTS_AFTER_DAYS", default=1)
# Years after which an expired credential needs re-examination; not published, hence empty.
REEXAMINATION_AFTER_YEARS = env.optional_integer("REEXAMINATION_AFTER_YEARS")
# How many days the Board takes to decide; not published, hence empty: then a declaration is due when its cycle ends.
REVIEW_DAYS = env.optional_integer("REVIEW_DAYS")
# How long a declaration stays assigned to the reviewer who took it.
REVIEW_LEASE_MINUTES = env.integer("REVIEW_LEASE_MINUTES", default=30)
# Whether the public sees "expired, renewal under review" instead of "expired" for a credential declared in time and
# still undecided when it ends.
EXPIRED_UNDER_REVIEW = env.flag("EXPIRED_UNDER_REVIEW", default=True)
# Days after a denial within which it may be appealed; not published, hence empty.
APPEAL_WITHIN_DAYS = env.optional_integer("APPEAL_WITHIN_DAYS")
# Two-person rule: whoever denied a declaration does not decide on its appeal.
APPEAL_NEEDS_OTHER_EYES = env.flag("APPEAL_NEEDS_OTHER_EYES", default=True)
# Days a holder has to send the documents of an audit, and the Board to review them; not published, hence empty: then
# nothing is due, and no reminders are sent.
AUDIT_DOCUMENTS_DAYS = env.optional_integer("AUDIT_DOCUMENTS_DAYS")
AUDIT_REVIEW_DAYS = env.optional_integer("AUDIT_REVIEW_DAYS")
# Two-person rule: an audit fails only when a second auditor confirms it.
AUDIT_FAIL_NEEDS_OTHER_EYES = env.flag("AUDIT_FAIL_NEEDS_OTHER_EYES", default=True)
# Whether passing an audit also approves the declaration; otherwise a reviewer does.
AUDITOR_MAY_APPROVE = env.flag("AUDITOR_MAY_APPROVE", default=False)
EVIDENCE_MAX_BYTES = env.integer("EVIDENCE_MAX_BYTES", default=20 * 1024 * 1024)
# For all documents of a holder together.
EVIDENCE_QUOTA_BYTES = env.integer("EVIDENCE_QUOTA_BYTES", default=1024**3)
EVIDENCE_QUOTA_FILES = env.integer("EVIDENCE_QUOTA_FILES", default=2_000)
# Limits for a feed that the Board uploads: as received, and decompressed. Commands accept any size.
FEED_MAX_BYTES = env.integer("FEED_MAX_BYTES", default=64 * 1024 * 1024)
FEED_MAX_TEXT_BYTES = env.integer("FEED_MAX_TEXT_BYTES", default=1024**3)
# How long documents are kept after the cycle's end; not published, hence empty: forever.
EVIDENCE_RETENTION_YEARS = env.optional_integer("EVIDENCE_RETENTION_YEARS")
# How long the register keeps a person's identity after the end of their last cycle; not published, hence empty:
# forever.
RECORD_RETENTION_YEARS = env.optional_integer("RECORD_RETENTION_YEARS")
# How long an invitation sent to the address on file is valid, and after how long a person is invited again.
INVITATION_VALID_DAYS = env.integer("INVITATION_VALID_DAYS", default=14)
INVITE_AGAIN_AFTER_DAYS = env.integer("INVITE_AGAIN_AFTER_DAYS", default=30)
# Whether holders see who on the Board's staff changed their record by email address as well as by role.
NAME_STAFF_TO_HOLDERS = env.flag("NAME_STAFF_TO_HOLDERS", default=False)
# Fees for declarations, by the schedule in the back office; if off, fees appear nowhere. See docs/fees.md.
FEES = env.flag("FEES", default=False)
FEE_CURRENCY = env.text("FEE_CURRENCY", default="usd").lower()
# A declaration with an unpaid fee is reviewed, but approved only once it is paid.
FEES_BEFORE_APPROVAL = env.flag("FEES_BEFORE_APPROVAL", default=True)
# How to pay an invoice, in the Board's words: where to send the money, and what reference to give.
PAYMENT_INSTRUCTIONS = env.text("PAYMENT_INSTRUCTIONS", default="")
# "offline": by invoice, with staff recording payments; "stripe": online as well (requirements/stripe.txt).
PAYMENT_GATEWAY = env.text("PAYMENT_GATEWAY", default="offline")
_BY_STRIPE = PAYMENT_GATEWAY == "stripe"
# Keep this key when the Board goes back to invoices: refunds go through the gateway that took the payment.
STRIPE_SECRET_KEY = (
    env.required("STRIPE_SECRET_KEY", development="") if _BY_STRIPE else env.text("STRIPE_SECRET_KEY", default="")
)
STRIPE_WEBHOOK_SECRET = env.required("STRIPE_WEBHOOK_SECRET", development="") if _BY_STRIPE else ""
# Webhook messages signed longer ago than this are refused.
STRIPE_WEBHOOK_SECONDS = env.integer("STRIPE_WEBHOOK_SECONDS", default=300)
# Another API server than Stripe's own, for tests; and the origin of the payment page.
STRIPE_API_URL = env.text("STRIPE_API_URL", default="", shape=shapes.URL)
STRIPE_CHECKOUT_ORIGIN = env.text("STRIPE_CHECKOUT_ORIGIN", default="https://checkout.stripe.com", shape=shapes.ORIGIN)
# Empty for none, clamd://host:3310, or clamd:///run/clamav/clamd.ctl.
EVIDENCE_SCANNER = env.text("EVIDENCE_SCANNER", default="", shape=shapes.SCANNER)

# --- Proof ------------------------------------------------------------------------------------------------------

# Rate limits of public verification: per client address, and per credential number from anywhere.
VERIFICATION_LIMITS = {
    "ask": env.limits("VERIFICATION_PER_ADDRESS", default="30/m/ip,500/d/ip", per=["ip"]),
    "number": env.limits("VERIFICATION_PER_NUMBER", default="20/h/key", per=["key", "ip"]),
}
# How often an account may download its archive: each reads all documents and renders all papers.
ARCHIVES_PER_LOGIN = env.limits("ARCHIVES_PER_LOGIN", default="6/h/user", per=["user", "ip"])
# Ed25519 keys in PEM, concatenated, newest first: it signs the digital badges. Earlier keys, of which the public halves
# suffice, are to be kept as long as badges signed with them are to be trusted. Without a key there are no badges; in
# development, one is derived from SECRET_KEY.
BADGE_KEYS = env.text("BADGE_KEYS", default="")
# Maximum size of a file uploaded for verification.
VERIFICATION_MAX_BYTES = env.integer("VERIFICATION_MAX_BYTES", default=2 * 1024 * 1024)

# --- Providers' own systems ---------------------------------------------------------------------------------------

# A token's requests per minute, unless the token itself says otherwise; and checks whether a number belongs to a name:
# per token and hour, and per number and day.
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", default=120)
API_CHECKS_PER_HOUR = env.integer("API_CHECKS_PER_HOUR", default=300)
API_CHECKS_PER_NUMBER = env.integer("API_CHECKS_PER_NUMBER", default=10)
# Maximum size of an API request; 10,000 completions take about three megabytes.
API_MAX_BYTES = env.integer("API_MAX_BYTES", default=16 * 1024 * 1024)
# How long an Idempotency-Key is remembered, and how long a replaced token or webhook secret stays valid.
API_KEYS_KEPT_HOURS = env.integer("API_KEYS_KEPT_HOURS", default=7 * 24)
API_TOKEN_GRACE_HOURS = env.integer("API_TOKEN_GRACE_HOURS", default=72)
# Private networks that webhooks may be sent to, even without https; normally none.
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")
# Timeout of an attempt in seconds, and hours without a success after which an endpoint is disabled.
WEBHOOK_TIMEOUT = env.integer("WEBHOOK_TIMEOUT", default=10, least=1)
WEBHOOK_DISABLED_AFTER_HOURS = env.integer("WEBHOOK_DISABLED_AFTER_HOURS", default=72)
WEBHOOK_LEASE_SECONDS = env.integer("WEBHOOK_LEASE_SECONDS", default=600)
WEBHOOK_LOG_KEPT_DAYS = env.integer("WEBHOOK_LOG_KEPT_DAYS", default=90)

# --- Apps -----------------------------------------------------------------------------------------------------

# Called by apps that declarations depends on, and which therefore must not import it.
MARKS_OF_CYCLES = "declarations.queries.marks_of_cycles"
# Called by declarations within the transaction of a submission; audits depends on declarations.
AFTER_SUBMISSION = "audits.actions.select_submitted"

INSTALLED_APPS = [
    "cmp_portal.apps.CmpPortalConfig",
    "accounts",
    "credentials",
    "education",
    "declarations",
    "audits",
    "cmp_portal.apps.BoardAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "heroicons",
    "import_export",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "cmp_portal.lib.requests.RequestLineMiddleware",
    # Before static files, so that these get the same headers.
    "cmp_portal.lib.headers.HeadersMiddleware",
    "cmp_portal.lib.headers.PolicyMiddleware",
    # Before anything that answers with a page or reads a cookie.
    "cmp_portal.lib.problems.ProgramsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cmp_portal.lib.https_only.PlainHttpMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before the session, because it replays a previous response with its cookies.
    "cmp_portal.lib.resubmissions.ResubmissionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "cmp_portal.lib.load_shedding.LoadSheddingMiddleware",
    # Before anything that needs to know the user, or prepares a page.
    "cmp_portal.lib.versions.VersionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "cmp_portal.lib.body_limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cmp_portal.lib.sessions.SessionLimitsMiddleware",
    "cmp_portal.lib.standby.WrittenMiddleware",
    "cmp_portal.lib.contention.BusyMiddleware",
    "accounts.middleware.CrowdedMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.HolderPlaceMiddleware",
    "cmp_portal.lib.post_only.PostOnlyMiddleware",
    "cmp_portal.lib.pending_forms.PendingFormMiddleware",
    "cmp_portal.lib.language_marking.LanguageMarkingMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "cmp_portal.urls"
WSGI_APPLICATION = "cmp_portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cmp_portal.context.board",
            ],
        },
    },
]

# --- Database, cache, broker: PostgreSQL is the queue, Redis may be empty or gone --------------------------------

DATABASES = {
    "default": {
        "ENGINE": "cmp_portal.lib.database",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        **parse_database_url(database_url() or env.required("DATABASE_URL", development="postgresql:///cmp")),
    },
}
# Separate from the URL, so that it can be a secret of its own, in a file that PostgreSQL reads as well.
if password := env.text("DATABASE_PASSWORD", default=""):
    DATABASES["default"]["PASSWORD"] = password
# Requests that a web process handles at once; beyond that, it answers 503 with Retry-After.
REQUESTS_AT_ONCE = env.integer("REQUESTS_AT_ONCE", default=8, least=1)
# For web requests; commands, jobs and migrations have no timeouts. `wsgi.py` sets CMP_WEB.
if env.flag("CMP_WEB", default=False):
    set_parameters(
        DATABASES["default"],
        random_page_cost=1.1,  # what a page reads is few rows of any table, and mostly in memory
        statement_timeout=env.integer("WEB_STATEMENT_TIMEOUT_MS", default=10_000),
        lock_timeout=env.integer("WEB_LOCK_TIMEOUT_MS", default=3_000),
        idle_in_transaction_session_timeout=env.integer("WEB_IDLE_IN_TRANSACTION_TIMEOUT_MS", default=60_000),
    )
# A standby for pages that may be a few seconds old (`cmp_portal.lib.standby`), with the same password; empty for none.
if standby_url := env.text("DATABASE_REPLICA_URL", default=""):
    primary, standby = DATABASES["default"], parse_database_url(standby_url, name="DATABASE_REPLICA_URL")
    options = {"connect_timeout": "2", **primary["OPTIONS"], **standby["OPTIONS"]}
    standby = {**primary, **standby, "PASSWORD": standby["PASSWORD"] or primary["PASSWORD"], "OPTIONS": options}
    DATABASES["standby"] = {**standby, "TEST": {"MIRROR": "default"}}
# CA certificate of the portal's own services, as a file: database, broker and document store are then used over TLS
# only, and verified against this CA alone. Empty: as their URLs say.
SERVICES_CA = env.text("SERVICES_CA", default="")
if SERVICES_CA:
    for _database in DATABASES.values():
        demand_tls(_database, authority=SERVICES_CA)
DATABASE_ROUTERS = ["cmp_portal.lib.standby.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = redis_url() or env.required("REDIS_URL", development="redis://127.0.0.1:6379/0")
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    env.problems.append("REDIS_URL is not of the form redis://host:6379/0")
# Separate from the URL, as for the database.
if password := env.text("REDIS_PASSWORD", default=""):
    REDIS_URL = with_password(REDIS_URL, password)
REDIS_TLS: dict[str, Any] = {"ssl_ca_certs": SERVICES_CA} if SERVICES_CA and REDIS_URL.startswith("rediss://") else {}
if SERVICES_CA and REDIS_URL.startswith("redis://"):
    env.problems.append("REDIS_URL begins with redis://, and SERVICES_CA asks for rediss://")
CACHES = {
    "default": {
        "BACKEND": "cmp_portal.lib.limits.LimitingRedisCache",
        "LOCATION": REDIS_URL,
        # Of all web containers together: without Redis, each process enforces its share of a rate limit.
        "PROCESSES": env.integer("WEB_PROCESSES", default=2, least=1),
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, **REDIS_TLS},
    },
}
SESSION_ENGINE = "cmp_portal.lib.sessions"

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_USE_SSL = REDIS_TLS or None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# One tick at a time: an idle worker could run what a busy one had prefetched.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 60 * 60, "socket_keepalive": True}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # retry forever
# Touched by worker and beat while they work, for the containers' health check (`cmp_portal.lib.heartbeat`).
HEARTBEAT = env.text("HEARTBEAT", default="")
CELERY_TIMEZONE = BOARD_TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Every job catches up by date, so that a missed or repeated tick does no harm.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "alert holders who are ready to declare": {"task": "declarations.tasks.alert_ready", "schedule": 15 * 60},
    "remind before expiration": {"task": "declarations.tasks.send_reminders", "schedule": 60 * 60},
    "remind of documents due for audits": {"task": "audits.tasks.remind_audits", "schedule": 60 * 60},
    "renew cycles that are due": {"task": "declarations.tasks.roll_cycles", "schedule": 60 * 60},
    **({"reconcile payments": {"task": "declarations.tasks.reconcile_payments", "schedule": 5 * 60}} if FEES else {}),
    "correct the review queue": {"task": "declarations.tasks.mend_queue", "schedule": 60 * 60},
    "check uploaded evidence": {"task": "education.tasks.check_evidence", "schedule": 30},
    "import uploaded feeds": {"task": "education.tasks.work_on_feeds", "schedule": 10},
    "check documents of change requests": {"task": "accounts.tasks.check_documents", "schedule": 30},
    "email alerts": {"task": "accounts.tasks.deliver_alerts", "schedule": 60},
    "deliver webhooks": {"task": "education.tasks.deliver_webhooks", "schedule": 60},
    "delete old idempotency keys and webhook notices": {
        "task": "education.tasks.sweep_api",
        "schedule": crontab(minute=15),
    },
    "delete orphaned documents": {"task": "accounts.tasks.sweep_documents", "schedule": crontab(minute=5)},
    "delete orphaned evidence files": {"task": "education.tasks.sweep_evidence", "schedule": crontab(minute=10)},
    "correct the status of cycles": {"task": "education.tasks.reconcile_status", "schedule": crontab(minute=20)},
    "verify the ledger": {"task": "cmp_portal.tasks.verify_ledger", "schedule": crontab(minute=40)},
}
# Run once per Board day. They are triggered hourly, so that a job missed at night is caught up in the morning.
NIGHTLY_JOBS = {"sweep_api", "sweep_documents", "sweep_evidence", "reconcile_status", "verify_ledger"}
# Soft time limit of a job in seconds; it is killed a minute later.
JOB_LIMIT = env.integer("JOB_LIMIT", default=60 * 60, least=1)
JOB_LIMITS = {
    "check_evidence": 15 * 60,
    "check_documents": 15 * 60,
    "work_on_feeds": 4 * 60 * 60,
    "reconcile_status": 2 * 60 * 60,
    "verify_ledger": 4 * 60 * 60,
}
# Whether a late job makes /readyz answer 503; it is reported there in any case.
READY_NEEDS_JOBS = env.flag("READY_NEEDS_JOBS", default=False)
# Who may read /metrics: requests with this token, and direct ones (not through the proxy) from these networks. Nobody,
# if both are empty.
METRICS_TOKEN = env.text("METRICS_TOKEN", default="")
METRICS_NETWORKS = env.networks("METRICS_NETWORKS")
JOB_RUNS_KEPT_DAYS = env.integer("JOB_RUNS_KEPT_DAYS", default=30)
for _entry in CELERY_BEAT_SCHEDULE.values():
    _every, _limit = _entry["schedule"], JOB_LIMITS.get(_entry["task"].rpartition(".")[2], JOB_LIMIT)
    # Of a backlog of ticks, only the last one matters.
    _expires = _every if isinstance(_every, int) else 60 * 60
    _entry["options"] = {"expires": _expires, "soft_time_limit": _limit, "time_limit": _limit + 60}

# --- Login ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.adapters.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "cmp_portal.lib.hashing.GentleArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# OWASP's minimum for Argon2id; these may be raised, but not lowered.
ARGON2_TIME_COST = env.integer("ARGON2_TIME_COST", default=2, least=2)
ARGON2_MEMORY_KIB = env.integer("ARGON2_MEMORY_KIB", default=19 * 1024, least=19 * 1024)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.adapters.LengthValidator"},
    {"NAME": "accounts.adapters.BlocklistValidator"},
]
# A file of breached passwords, in addition to the twenty thousand most common, which are always refused. One uppercase
# SHA-1 per line, sorted, as published by "Have I Been Pwned". No outside service is asked.
BREACHED_PASSWORDS = env.text("BREACHED_PASSWORDS", default="")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account:dashboard"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{BOARD_NAME}: "
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_REDIRECT_URL = "guide"
ACCOUNT_PREVENT_ENUMERATION = True
# Changing an address or a second factor, or ending another session, requires reauthentication, valid for five minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Users are notified of every change of their addresses and password: holders by an alert; to those whom alerts don't
# reach, the adapter lets allauth write.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Per minute, hour or day, and per client address (ip), account (user) or submitted value (key). Many people in a
# laboratory share one address, so limits per address are wide and those per account narrow.
ACCOUNT_RATE_LIMITS = {
    # Login attempts, successful or not: bounds the cost that one address can cause.
    "login": "30/m/ip",
    # Wrong passwords and codes. Five allow for typos; a hundred a day is NIST's maximum per account (800-63B-4, 3.2.2),
    # after which a password reset by email or a passkey still lets the owner in. The limits per address prevent trying
    # one password on many accounts.
    "login_failed": "10/m/ip,100/h/ip,5/5m/key,100/d/key",
    # Each sends an email to the address given.
    "signup": "10/m/ip,100/d/ip",
    "reset_password": "10/m/ip,100/d/ip,3/15m/key",
    "confirm_email": "1/3m/key",
    "manage_email": "5/m/user,20/d/user",
    # Keys in emails are too long to guess; this only limits noise.
    "reset_password_from_key": "20/m/ip",
    # Someone at an unattended browser may guess passwords here: they also count as failed logins.
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
# How many of our own proxies append to X-Forwarded-For; with 0 the header is ignored.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", default=0)
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.AppForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.forms.PasskeyStepForm",
    "login_webauthn": "accounts.forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CMP Portal"
# Passkeys require https, or the host name localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=PRODUCTION)
# Whether holders must set one up, too, instead of just being offered it.
HOLDER_SECOND_FACTOR = env.flag("HOLDER_SECOND_FACTOR", default=False)

# The Board's staff may log in with their OpenID Connect provider; without an issuer they log in here.
OIDC_ISSUER = env.text("OIDC_ISSUER", default="", shape=shapes.ISSUER if PRODUCTION else shapes.ISSUER_IN_DEVELOPMENT)
OIDC_CLIENT_ID = env.required("OIDC_CLIENT_ID", development="") if OIDC_ISSUER else ""
OIDC_CLIENT_SECRET = env.required("OIDC_CLIENT_SECRET", development="") if OIDC_ISSUER else ""
OIDC_NAME = env.text("OIDC_NAME", default=urlsplit(OIDC_ISSUER).hostname or "")
# Which of the provider's groups has which role, and the claim that lists them: cmp-reviewers=reviewer,cmp-audit=auditor
OIDC_ROLES = env.mapping("OIDC_ROLES")
OIDC_ROLES_CLAIM = env.text("OIDC_ROLES_CLAIM", default="groups")
# Values in acr or amr by which the provider asserts a second factor; without one of them, the portal asks for its own.
OIDC_SECOND_FACTOR = env.list("OIDC_SECOND_FACTOR", default=[])
# After this time the user must log in at the provider again, so that roles revoked there are revoked here.
OIDC_SESSION_SECONDS = env.integer("OIDC_SESSION_SECONDS", default=8 * 60 * 60, least=1)

# --- Security ---------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # The response to a form of ours may redirect to the payment page.
        "form-action": ["'self'", *([STRIPE_CHECKOUT_ORIGIN] if FEES and _BY_STRIPE else [])],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Sessions end after an hour of inactivity, and after a working day in any case (NIST SP 800-63B-4, AAL2, allows an hour
# and a day).
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_SECONDS", default=60 * 60, least=1)
SESSION_COOKIE_AGE = env.integer("SESSION_MAX_SECONDS", default=12 * 60 * 60, least=1)
# A link in an email opens the page with the session; a form on another site sends no cookie.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Maximum size of a form without files; UPLOAD_MAX_BYTES is that of one with files, for all of them together.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_BYTES", default=5 * EVIDENCE_MAX_BYTES)
# Remembers which users have logged in with a browser, so that logins from new ones are reported.
DEVICE_COOKIE_NAME = "device"
# Permissions that nobody has: a list can be exported only where its admin says by whom.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE, IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "import", "export"
if PRODUCTION:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    DEVICE_COOKIE_NAME = "__Host-device"
    MESSAGE_STORAGE = "cmp_portal.lib.sessions.HostMessages"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = 63_072_000, True, True
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Files ------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "cmp_portal.lib.stylesheets.StylesheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
EVIDENCE_ROOT = Path(env.text("EVIDENCE_ROOT", default=str(BASE_DIR / "var" / "evidence")))
# Directories with fonts for scripts that the documents' own fonts lack.
DOCUMENT_FONTS = env.list("DOCUMENT_FONTS", default=[])
S3_BUCKET = env.text("S3_BUCKET", default="")
# Whether downloads redirect to a link to the store, valid for a minute, instead of being served by the portal.
S3_SIGNED_LINKS = env.flag("S3_SIGNED_LINKS", default=False)
STORAGES = {
    "default": {"BACKEND": "cmp_portal.lib.storage.Folder", "OPTIONS": {"location": EVIDENCE_ROOT}},
    # Content-hashed names everywhere; compressed only in production, since that takes longer than the rest of a first
    # start.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
if PRODUCTION:
    STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
S3_OPTIONS: dict[str, Any] = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.text("S3_ENDPOINT_URL", default="", shape=shapes.URL) or None,
    "access_key": env.required("S3_ACCESS_KEY", development="") if S3_BUCKET else "",
    "secret_key": env.required("S3_SECRET_KEY", development="") if S3_BUCKET else "",
    "region_name": env.text("S3_REGION", default="us-east-1"),
    "querystring_expire": 60,
}
if SERVICES_CA and S3_OPTIONS["endpoint_url"]:
    S3_OPTIONS["verify"] = SERVICES_CA
    if not S3_OPTIONS["endpoint_url"].startswith("https://"):
        env.problems.append("S3_ENDPOINT_URL does not begin with https://, and SERVICES_CA asks for that")
if S3_BUCKET:
    STORAGES["default"] = {"BACKEND": "cmp_portal.lib.s3.Documents", "OPTIONS": S3_OPTIONS}

# --- Email, language, time, logs ----------------------------------------------------------------------------------

EMAIL_BACKEND = env.text("EMAIL_BACKEND", default="cmp_portal.lib.mail.OutboxFolderBackend")
EMAIL_FILE_PATH = str(BASE_DIR / "var" / "outbox")
EMAIL_HOST = env.text("EMAIL_HOST", default="localhost", shape=shapes.HOST)
EMAIL_PORT = env.integer("EMAIL_PORT", default=25, least=1, most=65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", default="")
# A mail server that hangs must not block the single delivery job.
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", default=20, least=1)
# How long the batch of emails of a killed worker stays leased before another takes over.
ALERT_LEASE_SECONDS = env.integer("ALERT_LEASE_SECONDS", default=600)
# The hour, in the recipient's time zone, at which daily digests are sent.
DIGEST_HOUR = env.integer("DIGEST_HOUR", default=7, most=23)
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="CMP Portal <no-reply@example.org>", shape=shapes.SENDER)

LANGUAGE_CODE = "en"
# Each in its own language, since a reader may know no other.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["cmp_portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = BOARD_TIME_ZONE

LOG_LEVEL = env.choice("LOG_LEVEL", of=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO")
# Whether request logs include client addresses, where the Board may and wants to keep them.
LOG_ADDRESSES = env.flag("LOG_ADDRESSES", default=False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "cmp_portal.lib.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": LOG_LEVEL} for name in (*OURS, "celery")},
        # Without Django's own handlers. Refused and not-found requests are in the request log.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

# --- History ------------------------------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

SILENCED_SYSTEM_CHECKS: list[str] = []

env.complain_about_missing(stream=sys.stderr)
