"""Checks of services other than the database."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from smtplib import SMTPException
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection

from cmp_portal.lib.scanning import NotScanned, ScannerAway, TooLargeToScan, scan
from cmp_portal.lib.storage import StorageAway, probe
from cmp_portal.operations.broker import queue_depth
from cmp_portal.operations.doctor.findings import Finding, ok, problem, warning

PATIENCE = 5  # seconds
MANY_TICKS = 100
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def broker(at: datetime) -> Iterator[Finding]:
    depth = queue_depth()
    if depth is None:
        to_do = (
            "check that Redis or Valkey is running and REDIS_URL points to it; until then nothing is sent or renewed"
        )
        yield problem("broker", "it does not respond", to_do)
    elif depth > MANY_TICKS:
        yield warning(
            "broker", f"{depth} ticks are waiting", "check that a worker is running: celery -A cmp_portal worker"
        )
    else:
        yield ok("broker", f"it responds; {depth} ticks are waiting")


def shared_cache(at: datetime) -> Iterator[Finding]:
    """The cache is optional: without it everything works, somewhat slower."""
    key = f"doctor-{uuid4()}"
    cache.set(key, "1", 5)
    if cache.get(key) == "1":
        cache.delete(key)
        yield ok("cache", "written, read and deleted")
    else:
        yield warning(
            "cache", "it does not respond", "check that Redis or Valkey is running and REDIS_URL points to it"
        )


def storage(at: datetime) -> Iterator[Finding]:
    """Write, read and delete a file."""
    where = f"bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else "folder EVIDENCE_ROOT"
    try:
        is_well = probe()
    except (StorageAway, OSError) as error:
        is_well = False
        where += f" ({error if isinstance(error, StorageAway) else type(error).__name__})"
    if is_well:
        yield ok("documents", f"{where}: written, read and deleted")
    else:
        yield problem(
            "documents", f"{where}: a file could not be stored", "check its permissions, its free space and S3_*"
        )


def scanner(at: datetime) -> Iterator[Finding]:
    """Have a file of zeros scanned that is as large as documents may be: clamd can't be asked for its limit."""
    if not settings.EVIDENCE_SCANNER:
        yield ok("scanner", "none is set")
        return
    size = settings.EVIDENCE_MAX_BYTES
    try:
        found = scan(BytesIO(bytes(size)))
    except TooLargeToScan:
        told = f"it does not scan documents of {size:,} bytes, the largest allowed"
        yield problem("scanner", told, "raise clamd's StreamMaxLength, or lower EVIDENCE_MAX_BYTES")
    except ScannerAway as error:
        yield problem("scanner", str(error), "check that clamd is running and EVIDENCE_SCANNER points to it")
    except NotScanned as error:
        yield problem("scanner", f"it does not scan ({error})", "see clamd's log")
    else:
        yield _of_zeros(found, size)


def _of_zeros(found: str | None, size: int) -> Finding:
    if found is None:
        return ok("scanner", f"a document of {size:,} bytes was scanned")
    to_do = "raise clamd's MaxFileSize and MaxScanSize: large documents are held back as harmful"
    return problem("scanner", f"it finds {found} in {size:,} zeros", to_do)


def mail(at: datetime) -> Iterator[Finding]:
    """Connect and log in to the mail server, without sending anything."""
    if settings.EMAIL_BACKEND != SMTP:
        name = settings.EMAIL_BACKEND.rpartition(".")[2]
        if settings.PRODUCTION:
            yield warning("mail", f"it goes to {name}, not to recipients", f"set EMAIL_BACKEND={SMTP} and EMAIL_HOST")
        else:
            yield ok("mail", f"it goes to {name}")
        return
    try:
        with get_connection(timeout=PATIENCE):
            yield ok("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} accepts our login; nothing was sent")
    except (OSError, SMTPException) as error:
        where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        yield problem(
            "mail",
            f"can't log in at {where} ({type(error).__name__})",
            "check EMAIL_HOST and the other EMAIL_* settings",
        )


CHECKS = (broker, shared_cache, storage, scanner, mail)
