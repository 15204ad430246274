"""Whether a page failed since what it needs is away: the database, or room on the disk. Then it is nobody's mistake."""

import errno

from django.db import InterfaceError, OperationalError

FULL = {errno.ENOSPC, errno.EDQUOT}
# The server's own words for it: shutting down, crashed, starting, no connection left, no room.
AWAY = {"57P01", "57P02", "57P03", "53300", "53100"}


def is_away(error: BaseException | None) -> bool:
    """An error without a code was said by no server: there was none to say it."""
    if isinstance(error, InterfaceError):
        return True
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "pgcode", None)
        return code is None or code in AWAY or code.startswith("08")
    return isinstance(error, OSError) and error.errno in FULL
