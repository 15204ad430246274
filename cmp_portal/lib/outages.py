"""Recognizes failures caused by an unavailable database or a full disk rather than by a bug."""

import errno

from django.db import InterfaceError, OperationalError

FULL = {errno.ENOSPC, errno.EDQUOT}
# SQLSTATEs for: shutting down, crashed, starting up, too many connections, disk full.
AWAY = {"57P01", "57P02", "57P03", "53300", "53100"}


def is_away(error: BaseException | None) -> bool:
    """Whether the error means the database is unavailable or a disk is full.

    An OperationalError without a code came from the client: there was no server to send one.
    """
    if isinstance(error, InterfaceError):
        return True
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "pgcode", None)
        return code is None or code in AWAY or code.startswith("08")
    return isinstance(error, OSError) and error.errno in FULL
